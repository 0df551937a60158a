const memo = (fn, cache = new Map()) => (n) => cache.has(n) ? cache.get(n) : (cache.set(n, fn(n)), cache.get(n));
const fib = memo((n) => (n < 2n ? n : fib(n - 1n) + fib(n - 2n)));
console.log(fib(200n), String(fib(100n)));
console.log([...Array(20)].map((_, i) => Number(fib(BigInt(i)))));
