const deep = { a: { b: { c: { d: { e: 1 } } } } };
console.dir(deep); console.dir(deep, { depth: 0 }); console.dir(deep, { depth: null }); console.dir({ a: 1, get b() { return 2; } }, { getters: true, colors: true }); console.dir('str'); console.dir([1, 2], { showHidden: true }); console.dirxml(deep, [deep]);
