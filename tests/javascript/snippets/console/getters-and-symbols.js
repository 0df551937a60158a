const o = { get a() { return 1; }, set b(v) {}, get c() { throw new Error('x'); }, set c(v) {}, [Symbol('sym')]: 'v', [Symbol.iterator]: function* () {} };
console.log(o);
console.log(require('util').inspect(o, { getters: true }));
Object.defineProperty(o, 'hidden', { value: 1, enumerable: false }); console.log(o, require('util').inspect(o, { showHidden: true }));
