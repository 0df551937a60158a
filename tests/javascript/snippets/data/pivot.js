const sales = [['north', 'q1', 10], ['north', 'q2', 20], ['south', 'q1', 5], ['south', 'q3', 7]];
const pivot = {};
for (const [region, quarter, amount] of sales) {
  pivot[region] ??= {};
  pivot[region][quarter] = (pivot[region][quarter] ?? 0) + amount;
}
console.table(pivot);
console.log(pivot);
