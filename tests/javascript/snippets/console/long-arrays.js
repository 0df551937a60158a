console.log(Array.from({ length: 101 }, (_, i) => i));
console.log(Array.from({ length: 200 }, (_, i) => ({ i })).slice(0, 3), new Array(150).fill('ab'));
console.log(new Set(Array.from({ length: 105 }, (_, i) => i)), 'x'.repeat(200));
console.log(Array.from({ length: 30 }, (_, i) => (i % 3 ? i : 'text' + i)), Array.from({ length: 10 }, (_, i) => 1.5 ** i));
