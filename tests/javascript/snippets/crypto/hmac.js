const { createHmac, timingSafeEqual } = require('crypto');
for (const a of ['md5', 'sha1', 'sha256', 'sha512']) console.log(a, createHmac(a, 'secret').update('message').digest('hex'), createHmac(a, Buffer.alloc(200, 1)).update('').digest('base64'));
const sig = createHmac('sha256', 'k').update('GET\n/path\n').digest(); console.log(timingSafeEqual(sig, Buffer.from(sig)));
try { timingSafeEqual(Buffer.from('a'), Buffer.from('ab')); } catch (e) { console.log(e.name, e.code, e.message); }
