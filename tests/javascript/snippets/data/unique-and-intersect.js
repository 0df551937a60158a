const a = [1, 2, 2, 3, NaN, NaN, '1'];
const b = [2, 3, 4];
console.log([...new Set(a)], a.includes(NaN), a.indexOf(NaN));
console.log(a.filter((x) => b.includes(x)), a.filter((x) => !b.includes(x)));
const union = new Set([...a, ...b]);
console.log(union, union.size);
