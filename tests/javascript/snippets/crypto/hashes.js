const crypto = require('crypto');
for (const h of ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'SHA256', 'sha512-256', 'sha3-256', 'sha3-512', 'RSA-SHA256']) console.log(h, crypto.createHash(h).update('The quick brown fox').update(Buffer.from([0, 1, 255])).digest('hex'));
console.log(crypto.createHash('sha256').update('ü', 'latin1').digest('base64'), crypto.createHash('md5').digest('base64url'), crypto.createHash('sha1').update('a').digest());
