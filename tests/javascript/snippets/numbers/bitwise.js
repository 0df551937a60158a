console.log([5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 31, -1 >>> 0, -1 >> 1, 2 ** 32 | 0, 1.9 | 0, (0xff).toString(2), 0b1010, 0o17, 1_000_000, 4294967295 >> 0]);
const flags = { READ: 1, WRITE: 2, EXEC: 4 };
console.log(Object.entries(flags).filter(([, bit]) => 5 & bit).map(([name]) => name));
