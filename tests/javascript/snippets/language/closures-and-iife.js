const counters = [];
for (let i = 0; i < 3; i++) counters.push(() => i++);
var fns = []; for (var v = 0; v < 3; v++) fns.push(() => v);
console.log(counters.map((f) => f() + f()), fns.map((f) => f()));
console.log((function fact(n) { return n < 2 ? 1 : n * fact(n - 1); })(10), ((a, b = a * 2, ...c) => [a, b, c])(1, undefined, 3, 4));
