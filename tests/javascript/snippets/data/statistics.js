const values = [12.5, 3, 7.75, 9, 3, 18.2, 4.4, 11];
const mean = values.reduce((a, b) => a + b) / values.length;
const sorted = [...values].sort((a, b) => a - b);
const median = (sorted[3] + sorted[4]) / 2;
const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1);
console.log({ mean, median, variance, deviation: Math.sqrt(variance), min: Math.min(...values), max: Math.max(...values) });
console.log(Math.hypot(3, 4), Math.cbrt(27), Math.log2(8), Math.log10(1000), Math.log1p(1e-10), Math.expm1(1e-10), Math.fround(5.5), Math.clz32(1), Math.imul(0xffffffff, 5));
