const events = ['2024-01-31T23:59:59Z', '2024-02-01T00:00:00Z', '2024-02-29T12:00:00Z', '2023-12-31T23:00:00-02:00'];
const buckets = {};
for (const e of events) {
  const key = new Date(e).toISOString().slice(0, 7);
  buckets[key] = (buckets[key] || 0) + 1;
}
console.log(buckets);
