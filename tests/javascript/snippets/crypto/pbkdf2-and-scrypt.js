const c = require('crypto');
console.log(c.pbkdf2Sync('pass', 'salt', 1000, 32, 'sha256').toString('hex'), c.pbkdf2Sync('pass', Buffer.from('s'), 1, 20, 'sha1').toString('base64'), c.scryptSync('password', 'NaCl', 64, { N: 1024, r: 8, p: 16 }).toString('hex'), c.scryptSync('', '', 16).toString('hex'));
c.pbkdf2('p', 's', 10, 16, 'sha512', (e, k) => console.log('pbkdf2', e, k.toString('hex'))); c.scrypt('p', 's', 16, (e, k) => console.log('scrypt', e, k.toString('hex')));
console.log(Buffer.from(c.hkdfSync('sha256', 'key', 'salt', 'info', 42)).toString('hex'));
