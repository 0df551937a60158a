const rows = Array.from({ length: 30 }, (_, i) => ({ key: (i * 7) % 5, i }));
rows.sort((a, b) => a.key - b.key);
console.log(rows.map(({ key, i }) => `${key}:${i}`).join(' '));
console.log([3, 1, 10, 2, 22, 1].sort());
console.log(['b', undefined, 'a', , 'C'].sort());
console.log([5, 25, 100].toSorted((a, b) => b - a), ['ä', 'a', 'z', 'Z', 'é'].sort());
