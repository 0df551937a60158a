console.log([1, 22, 333, 4444, 55555, 666666, 7777777], [1.5, 22.25, 333, -4, 55, 6, 7], ['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff', 'ggggggg'], [1n, 22n, 333n, 4444n, 5n, 6n, 7n]);
console.log(Array.from({ length: 50 }, (_, i) => 2 ** i), [true, false, true, false, true, false, true, null, undefined, true]);
