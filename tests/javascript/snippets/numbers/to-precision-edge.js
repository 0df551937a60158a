for (const x of [0, 1, 0.00001, 123456, 1.255, 99.995, 1e21, 1.45]) console.log(x.toPrecision(3), x.toExponential(), x.toExponential(3), x.toFixed(1), x.toFixed());
for (const f of [() => (1).toFixed(101), () => (1).toPrecision(0), () => (1).toString(1), () => (1).toExponential(-1), () => 'a'.repeat(-1), () => new Array(-1), () => 'a'.repeat(2 ** 30)]) {
  try { console.log(f()); } catch (e) { console.log(`${e.name}: ${e.message}`); }
}
