console.log([Math.round(2.5), Math.round(-2.5), Math.round(-0.4), Math.trunc(-4.7), Math.sign(-3), Math.floor(-1.5), Math.ceil(-1.5), Math.round(1.4999999999999999), Math.abs(-5), Math.max(), Math.min(), Math.max(1, NaN), Math.pow(2, 0.5), 2 ** -1, (-8) ** (1 / 3)]);
const round = (n, d = 2) => Math.round((n + Number.EPSILON) * 10 ** d) / 10 ** d;
console.log(round(1.005), round(2.345), round(1234.5678, 1), -7 % 3, 5.5 % 2, 2 ** 53 + 1);
