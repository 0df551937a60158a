console.log([2n ** 100n, -7n / 2n, -7n % 3n, BigInt('0xff'), BigInt(1e21), 5n > 4, 2n == 2, typeof 1n, BigInt.asUintN(8, 257n), BigInt.asIntN(8, 255n), (123n).toString(16), -1n >> 1n, ~5n, 0n ? 'y' : 'n']);
for (const f of [() => 1n + 1, () => BigInt(1.5), () => BigInt('x'), () => 1n / 0n, () => +1n, () => Math.max(1n), () => JSON.stringify({ a: 1n }), () => 2n ** -1n, () => BigInt(undefined), () => 1n >>> 0n, () => Number.parseFloat(1n)]) {
  try { console.log(f()); } catch (e) { console.log(`${e.name}: ${e.message}`); }
}
