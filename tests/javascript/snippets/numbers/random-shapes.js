const xs = Array.from({ length: 1000 }, Math.random);
console.log(xs.every((x) => x >= 0 && x < 1), new Set(xs).size > 990, Math.abs(xs.reduce((a, b) => a + b) / 1000 - 0.5) < 0.1);
