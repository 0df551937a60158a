const c = require('crypto'); const key = Buffer.alloc(32, 7), iv = Buffer.alloc(16, 9);
const enc = c.createCipheriv('aes-256-cbc', key, iv); const text = enc.update('secret text ü', 'utf8', 'hex') + enc.final('hex');
const dec = c.createDecipheriv('aes-256-cbc', key, iv); console.log(text, dec.update(text, 'hex', 'utf8') + dec.final('utf8'));
const e128 = c.createCipheriv('aes-128-cbc', key.subarray(0, 16), iv); console.log(e128.update('a'.repeat(40)), e128.final());
const np = c.createCipheriv('aes-128-cbc', key.subarray(0, 16), iv).setAutoPadding(false); console.log(np.update(Buffer.alloc(16)), np.final());
