const gcd = (a, b) => (b ? gcd(b, a % b) : a);
const modpow = (b, e, m) => { let r = 1n; b %= m; while (e) { if (e & 1n) r = (r * b) % m; b = (b * b) % m; e >>= 1n; } return r; };
const factorial = (n) => (n ? n * factorial(n - 1n) : 1n);
console.log(gcd(2n ** 64n, 6n ** 30n), modpow(3n, 10n ** 18n, 1000000007n), factorial(50n));
console.log(BigInt(Number.MAX_SAFE_INTEGER) + 2n, Number(2n ** 64n), parseInt('9007199254740993'), BigInt('9007199254740993'));
