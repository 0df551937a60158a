const chunk = (list, size) => Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, i * size + size));
const zip = (...lists) => lists[0].map((_, i) => lists.map((list) => list[i]));
console.log(chunk([...'abcdefghij'], 3));
console.log(zip([1, 2, 3], ['a', 'b', 'c'], [true, false, null]));
console.log(chunk([], 2), zip([], []));
