const text = `It was the best of times, it was the worst of times, it was the age of wisdom...`;
const counts = new Map();
for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
const top = [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)).slice(0, 5);
console.log(top);
console.log(Object.fromEntries(top));
console.log(top.map(([w, n]) => `${w.padEnd(8, '.')}${String(n).padStart(3)}`).join('\n'));
