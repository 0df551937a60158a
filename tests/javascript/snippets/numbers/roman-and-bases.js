const roman = (n) => [[1000, 'M'], [900, 'CM'], [500, 'D'], [400, 'CD'], [100, 'C'], [90, 'XC'], [50, 'L'], [40, 'XL'], [10, 'X'], [9, 'IX'], [5, 'V'], [4, 'IV'], [1, 'I']].reduce((s, [v, r]) => { while (n >= v) { s += r; n -= v; } return s; }, '');
console.log([1994, 2024, 4, 3999].map(roman));
console.log((123.456).toString(36), (1e21).toString(7), (2 ** 31).toString(32), (-255).toString(16), (0.1).toString(2));
