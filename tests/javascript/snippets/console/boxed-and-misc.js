console.log([new String('s'), new Number(1), new Boolean(true), Object(Symbol('q')), Object(1n), new Date(0), /re/gi, null, undefined]);
console.log(globalThis === global, Math, JSON, Reflect, Atomics, Intl);
console.log((function () { return arguments; })(1, 'a'), new WeakMap(), new WeakSet(), Symbol, Object, Array, Function.prototype, Object.prototype, Array.prototype);
console.log(process.stdout.constructor.name.length > 0, typeof process.version, [,], [, 1, , 2, , ,]);
