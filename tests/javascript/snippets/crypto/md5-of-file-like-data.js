const { createHash } = require('crypto'); const big = Buffer.alloc(1 << 20, 'abc'); console.log(createHash('md5').update(big).digest('hex'), createHash('sha256').update(big).digest('hex'), createHash('sha512').update(big.toString()).digest('base64'));
const h = createHash('sha1'); for (let i = 0; i < 1000; i++) h.update(`line ${i}\n`); console.log(h.digest('hex'));
