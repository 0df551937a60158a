const tree = { value: 1, children: [{ value: 2, children: [{ value: 3, children: [] }] }, { value: 4, children: [] }] };
const walk = (node) => [node.value, ...node.children.flatMap(walk)];
console.log(walk(tree));
console.log([1, [2, [3, [4, [5]]]]].flat(), [1, [2, [3, [4]]]].flat(Infinity));
console.log(tree);
