console.log([(1234.5678).toFixed(2), (0.000001234).toString(), (1e21).toString(), (123.456).toPrecision(4), (0).toExponential(2), (255).toString(16), (-7.5).toString(2), (0.1).toFixed(20), (1.005).toFixed(2), (1e21).toFixed(2)]);
console.log([0.1 + 0.2, 1 / 3, -0, 5e-324, 1.7976931348623157e308, 123456789012345680000, 1e-7, 100, 1e100, -1e-10, NaN, -Infinity]);
console.log([(25).toString(36), parseInt('zz', 36), Number.MAX_SAFE_INTEGER, Number.EPSILON, (0.5).toString(3), (3.7).toString(7)]);
