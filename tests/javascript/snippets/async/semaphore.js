class Semaphore { constructor(n) { this.n = n; this.q = []; } async run(f) { if (this.n === 0) await new Promise((r) => this.q.push(r)); else this.n--; try { return await f(); } finally { if (this.q.length) this.q.shift()(); else this.n++; } } }
const s = new Semaphore(2); let active = 0, max = 0; const job = (i) => s.run(async () => { max = Math.max(max, ++active); await new Promise((r) => setTimeout(r, 3)); active--; return i * i; });
Promise.all([1, 2, 3, 4, 5].map(job)).then((r) => console.log(r, max));
