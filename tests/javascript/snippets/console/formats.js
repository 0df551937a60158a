console.log('%s is %d years and %i, %f', 'Bob', 42.9, 42.9, '1.50', 'extra', { a: 1 });
console.log('%j %o %O %c %%', { a: [1] }, { f() {} }, { a: { b: { c: {} } } }, 'color: red');
console.log('%s %s %s %s %s', null, undefined, Symbol('x'), 5n, -0, 'tail');
console.log('%s', { toString() { return 'custom'; } }, '%s', class A {}, [1, [2, [3]]]);
console.log('%s|%s|%s', [1, 2, { a: { b: 1 } }], new Error('no stack').message, () => 1);
console.log('%d %d %d %i %f', '0x10', 5n, {}, 'abc', Symbol.iterator.description);
console.log('100%', 5, '%', '%x', 1, '%s');
console.log('%s', new Date(0), '%d', new (class Foo { constructor() { this.x = 1; } })());
