class Range { constructor(a, b) { Object.assign(this, { a, b }); } *[Symbol.iterator]() { for (let i = this.a; i <= this.b; i++) yield i; } }
const r = new Range(1, 4);
console.log([...r], Math.max(...r), Array.from(r, (x) => x ** 2), new Set(r), Object.fromEntries([...r].map((x) => [x, x])));
const [first, ...others] = r; console.log(first, others, r[Symbol.iterator]());
const closing = { [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), return() { console.log('closed'); return {}; } }; } };
for (const x of closing) break; const [y] = closing; console.log(y);
