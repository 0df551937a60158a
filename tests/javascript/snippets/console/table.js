console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]);
console.table([[1, 2], [3, 4, 5]]);
console.table({ r1: { c: 1 }, r2: { c: [1, 2] }, r3: 5 });
console.table([1, 'two', { three: 3 }, null, undefined]);
console.table(new Map([['k', { v: 1 }], ['l', 2]])); console.table(new Set(['s']));
console.table([{ name: '日本', v: 'é' }, { name: 'long name here', v: 1.5 }], ['name']);
console.table('not tabular'); console.table([]); console.table(null); console.table([{}]);
console.table([{ o: { a: 1, b: 2, c: 3, d: 4 }, f() {}, d: new Date(0), s: Symbol('x') }]);
