const addDays = (date, n) => { const c = new Date(date); c.setUTCDate(c.getUTCDate() + n); return c; };
const start = new Date('2024-02-27T00:00:00Z');
for (let i = 0; i < 5; i++) console.log(addDays(start, i).toISOString().slice(0, 10));
console.log((new Date('2025-01-01') - new Date('2024-01-01')) / 864e5);
const m = new Date('2024-01-31'); m.setMonth(1); console.log(m);
const y = new Date('2024-02-29'); y.setFullYear(2025); console.log(y);
console.log(new Date(2024, 0, 1, 0, -1), new Date(99, 0), new Date(2024, 12), new Date(0));
