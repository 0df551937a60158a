const list = [5, 1, 4];
console.log(list.at(-1), list.with(1, 9), list.toReversed(), list.toSpliced(1, 1, 'x', 'y'));
console.log(list.findLast((x) => x > 3), list.findLastIndex((x) => x > 9), list.copyWithin(0, 1), list.fill(0, 1, 2));
console.log(Array.of(7), Array(3), [, 'a', , 'b', , ,], [...Array(3).keys()], Array.from('añ💩'));
console.log([1, 2, 3].reduceRight((a, b) => `${a}-${b}`), [[1, 2], [3]].flatMap((x) => x), [1, 2, 3].lastIndexOf(3));
console.log(Object.entries(['a', 'b']), [].concat(1, [2], [[3]]), [3, 2, 1].join(), [null, undefined, 1].join('-'));
