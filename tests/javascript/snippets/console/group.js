console.group('Level 1'); console.log('in 1'); console.group(); console.log('in\n2', { a: 1, b: { c: { d: {} } } }); console.table([{ a: 1 }]);
console.groupEnd(); console.info('back'); console.groupEnd(); console.groupEnd(); console.log('out');
console.groupCollapsed('a', 'b', 1); console.dir({ x: 1 }); console.groupEnd(); console.log();
