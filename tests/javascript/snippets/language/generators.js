function* naturals() { let i = 0; try { while (true) { const cmd = yield i++; if (cmd) i = cmd; } } finally { console.log('cleanup'); } }
const g = naturals();
console.log(g.next(), g.next(), g.next(10), g.return('end'), g.next(), g, naturals);
for (const n of naturals()) { if (n > 2) break; console.log(n); }
function* inner() { const got = yield 'i'; return got * 2; }
function* outer() { const r = yield* inner(); yield r; }
const o = outer(); console.log(o.next(), o.next(21), o.next(), Object.prototype.toString.call(o));
