const multiply = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((sum, v, k) => sum + v * b[k][j], 0)));
const transpose = (m) => m[0].map((_, i) => m.map((row) => row[i]));
const m = [[1, 2, 3], [4, 5, 6]];
console.log(transpose(m), multiply(m, transpose(m)));
console.log(Array.from({ length: 12 }, (_, i) => Array.from({ length: 3 }, (_, j) => i * j)));
