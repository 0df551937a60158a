// PBKDF2, scrypt, HKDF; random values as far as they can be foretold.
const crypto = require('crypto');
const { promisify } = require('util');

const attempt = (name, run) => {
  try {
    console.log(name, run());
  } catch (error) {
    console.log(name, error.name, error.code, error.message);
  }
};
const hex = (bytes) => Buffer.from(bytes).toString('hex');
for (const digest of ['md5', 'sha1', 'sha256', 'sha512', 'sha3-256', 'ripemd160']) {
  console.log(digest, hex(crypto.pbkdf2Sync('pässword', 'salt', 1000, 48, digest)), hex(crypto.hkdfSync(digest, 'key', 'salt', 'info', 50)));
}
console.log(hex(crypto.pbkdf2Sync(Buffer.alloc(200, 'long'), Buffer.alloc(70, 1), 3, 200, 'sha256')));
console.log(hex(crypto.scryptSync('password', 'NaCl', 64)), hex(crypto.scryptSync('p', 's', 20, { N: 1024, r: 2, p: 3 })));
console.log(hex(crypto.scryptSync('p', 's', 32, { cost: 2 ** 15, maxmem: 64 * 1024 * 1024 })));
console.log(hex(crypto.hkdfSync('sha512', '', '', '', 64)), crypto.hkdfSync('sha256', 'k', 's', 'i', 4));
attempt('digest', () => crypto.pbkdf2Sync('p', 's', 1, 8, 'nope'));
attempt('no digest', () => crypto.pbkdf2Sync('p', 's', 1, 8));
attempt('iterations', () => crypto.pbkdf2Sync('p', 's', 0, 8, 'md5'));
attempt('length', () => crypto.pbkdf2Sync('p', 's', 1, -1, 'md5'));
attempt('password', () => crypto.pbkdf2Sync(1, 's', 1, 1, 'md5'));
attempt('N', () => crypto.scryptSync('p', 's', 8, { N: 3 }));
attempt('memory', () => crypto.scryptSync('p', 's', 8, { N: 2 ** 17 }));
attempt('N and cost', () => crypto.scryptSync('p', 's', 8, { N: 2, cost: 4 }));
attempt('hkdf length', () => crypto.hkdfSync('sha256', 'key', 'salt', 'info', 99999));
attempt('hkdf digest', () => crypto.hkdfSync('nope', 'key', 'salt', 'info', 9));
attempt('randomBytes', () => crypto.randomBytes(-1));
attempt('randomBytes text', () => crypto.randomBytes('a'));
attempt('randomInt', () => crypto.randomInt(5, 5));
attempt('randomInt range', () => crypto.randomInt(0, 2 ** 48));
attempt('randomFillSync', () => crypto.randomFillSync(Buffer.alloc(4), 5));
attempt('randomFillSync size', () => crypto.randomFillSync(Buffer.alloc(4), 1, 5));
console.log(crypto.randomBytes(33).length, crypto.randomBytes(0), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()));
const numbers = new Set(Array.from({ length: 2000 }, () => crypto.randomInt(3, 9)));
console.log([...numbers].sort(), new Set(Array.from({ length: 100 }, () => crypto.randomUUID())).size);
const filled = crypto.randomFillSync(new Uint8Array(64), 32);
console.log(filled.slice(0, 32).every((each) => each === 0), filled.slice(32).some((each) => each !== 0));

(async () => {
  console.log(hex(await promisify(crypto.pbkdf2)('p', 's', 1, 8, 'md5')), hex(await promisify(crypto.scrypt)('p', 's', 8)));
  console.log(hex(await promisify(crypto.hkdf)('md5', 'k', 's', 'i', 8)), (await promisify(crypto.randomBytes)(5)).length);
  crypto.randomInt(3, (error, value) => console.log(error, value < 3));
  crypto.randomFill(Buffer.alloc(3), (error, buffer) => console.log(error, buffer.length));
})();
