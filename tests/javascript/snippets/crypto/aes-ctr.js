const c = require('crypto'); const key = Buffer.alloc(16, 'k'), iv = Buffer.alloc(16, 255); const e = c.createCipheriv('aes-128-ctr', key, iv);
console.log(e.update('stream '), e.update('cipher text that is longer than a block'), e.final()); const d = c.createDecipheriv('aes-128-ctr', key, iv); console.log(d.update(Buffer.from('00'.repeat(20), 'hex')).toString('hex'));
const ecb = c.createCipheriv('aes-128-ecb', key, null); console.log(ecb.update('x', 'utf8', 'base64') + ecb.final('base64'));
