for (const [a, b] of [[1.1, 10], [10, -5], [2, 0.1], [0.1, 3], [1.0000001, 1e7], [7, 77], [Math.PI, Math.E]]) console.log(a, b, a ** b, Math.pow(a, b));
for (const x of [0.1, 1.5, 3.3, 100, 1e-5]) console.log(Math.exp(x), Math.log(x), Math.expm1(x), Math.log1p(x), Math.cbrt(x), Math.sin(x * 1000), Math.tan(x));
