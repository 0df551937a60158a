const c = require('crypto'); const b = c.randomBytes(16);
console.log(Buffer.isBuffer(b), b.length, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(c.randomUUID()), c.randomUUID() !== crypto.randomUUID());
const n = c.randomInt(10, 12); console.log(n === 10 || n === 11, c.randomInt(1), c.randomFillSync(Buffer.alloc(4)).length, crypto.getRandomValues(new Uint32Array(2)).length, c.getRandomValues === crypto.getRandomValues);
c.randomBytes(4, (err, buf) => console.log(err, buf.length)); c.randomInt(3, (err, v) => console.log(err ?? 'none', v < 3)); c.randomFill(Buffer.alloc(3), (e, x) => console.log(e, x.length));
