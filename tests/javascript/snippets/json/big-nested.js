const deep = JSON.parse('['.repeat(50) + ']'.repeat(50));
console.log(deep, JSON.stringify(deep).length);
const wide = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`key${i}`, i]));
console.log(wide);
console.log(JSON.stringify(wide).length);
