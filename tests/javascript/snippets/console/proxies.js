console.log(new Proxy({ a: 1 }, { get: () => 'trapped' }), new Proxy([1, 2], {}), new Proxy(function f() {}, {}), new Proxy(class Q {}, {}));
console.log(require('util').inspect(new Proxy({ a: 1 }, { get() {} }), { showProxy: true }));
