const o = { b: 1, a: 2, 10: 'x', 2: 'y', [Symbol('s')]: 3 };
console.log(Object.keys(o), Object.values(o), Object.entries(o), o);
console.log(Object.assign({}, o, null, { c: 4 }), Object.hasOwn(o, 'a'), 'toString' in o);
console.log(Object.getOwnPropertyDescriptors({ get x() { return 1; }, y: 2 }));
console.log(Object.isFrozen(Object.freeze({})), Object.isSealed(Object.seal({ a: 1 })), Object.is(-0, 0));
console.log(Object.groupBy ? 'has groupBy' : 'no groupBy');
