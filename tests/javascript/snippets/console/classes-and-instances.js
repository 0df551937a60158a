class A { constructor() { this.x = 1; } static s = 1; }
class B extends A { #hidden = 2; y = { z: 1 }; get computed() { return 1; } method() {} }
console.log(new A(), new B(), A, B, [A, B], { A }, class { static x = 1; }, Object.create(A.prototype));
console.log(new (class {})(), new (class Foo { [Symbol.toStringTag] = 'Bar'; })(), Object.assign(Object.create({ constructor: { name: 'Odd' } }), { a: 1 }));
function Old() { this.v = 1; } console.log(new Old(), Old, Object.assign(function withProps() {}, { p: 1 }), Object.assign(() => {}, { q: [1] }));
