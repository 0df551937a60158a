class A { constructor(x) { this.x = x; } }
console.log(Reflect.construct(A, [1]), Reflect.ownKeys({ b: 1, 1: 2, [Symbol.iterator]: 3 }), Reflect.has({ a: 1 }, 'a'), Reflect.apply(Math.max, null, [1, 2]), Reflect.getPrototypeOf([]) === Array.prototype);
console.log(Reflect.defineProperty(Object.freeze({}), 'a', { value: 1 }), Reflect.set(Object.freeze({ a: 1 }), 'a', 2), Reflect.getOwnPropertyDescriptor({ get a() { return 1; } }, 'a'), Reflect);
