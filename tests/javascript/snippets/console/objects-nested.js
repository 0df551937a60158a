console.log({ a: { b: { c: { d: 1 } } }, list: [[[[1]]]], empty: {}, none: [], fn() {}, arrow: () => {}, cls: class X {}, sym: Symbol('s') });
console.log({ short: 1, b: 'two' }, [{ a: 1, b: { c: {} } }], [[]], [{}], [[[]]], [[[[]]]]);
console.log({ 'a-b': 1, c: undefined, d: null, e: -0, f: 1n, g: NaN, h: true });
console.log([undefined, null, , 'x'], [function () {}, function named() {}, async () => {}, function* gen() {}, async function* ag() {}]);
