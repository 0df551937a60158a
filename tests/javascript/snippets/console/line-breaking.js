console.log({ alpha: 'aaaaaaaaaaaaaaaaaaaa', beta: 'bbbbbbbbbbbbbbbbbbbb', gamma: 'cccccccccccccccccccc', d: 1 });
console.log({ alpha: 'aaaaaaaaaaaaaaaaaaaa', beta: 'bbbbbbbbbbbbbbbbbbbb', gamma: 'ccccccccc' });
console.log([['a', 'b'], ['c', { d: { e: 1 } }]], { x: [{ id: 1, name: 'first' }, { id: 2, name: 'second', nested: { more: true, than: 'enough to break the line' } }] });
console.log({ a: 1, b: { c: 2, d: { e: 3 } } }, { list: [1, 2, 3, { a: 1 }] });
console.log(Array.from({ length: 7 }, (_, i) => 'item number ' + i), Array.from({ length: 27 }, (_, i) => i * 1000));
