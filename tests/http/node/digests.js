// Hashes and HMAC: names, encodings, parts, copies, streams, errors.
const crypto = require('crypto');
const { pipeline } = require('stream/promises');
const { Readable } = require('stream');

const attempt = (name, run) => {
  try {
    console.log(name, run());
  } catch (error) {
    console.log(name, error.name, error.code, error.message);
  }
};
const names = ['md5', 'SHA1', 'sha-224', 'sha256', 'RSA-SHA384', 'sha512', 'sha512-224', 'SHA512-256', 'sha3-224', 'sha3-256', 'sha3-384',
  'sha3-512', 'ripemd160', 'rmd160', 'sha256WithRSAEncryption', 'sha2-512', 'nope', 'sha512/256', ''];
const long = Buffer.from(Array.from({ length: 200000 }, (_, i) => i * 31 & 255));
for (const name of names) {
  attempt(name, () => crypto.createHash(name).update('héllo 你好').digest('hex'));
  attempt(`hmac ${name}`, () => crypto.createHmac(name, 'key').update('text').digest('base64'));
  attempt(`long ${name}`, () => crypto.createHash(name).update(long).digest('base64url'));
}
attempt('long key', () => crypto.createHmac('sha256', Buffer.alloc(1000, 'k')).update('x').digest('hex'));
attempt('long text', () => crypto.createHmac('sha512', 'k').update(long).update(long).digest('hex'));
attempt('empty', () => crypto.createHmac('sha1', '').digest('hex'));
attempt('encodings', () => ['latin1', 'hex', 'base64', 'utf16le'].map((each) => crypto.createHash('md5').update('616263c3', each).digest('hex')));
attempt('views', () => crypto.createHash('md5').update(new Uint16Array([1, 2])).update(new DataView(new ArrayBuffer(3), 1)).digest('hex'));
attempt('binary', () => crypto.createHash('md5').update('a').digest('binary').length);

const hash = crypto.createHash('sha256');
let sum = '';
for (let i = 0; i < 5000; i++) {
  hash.update(`part ${i}`);
  if (i % 1000 === 0) {
    sum += hash.copy().digest('hex').slice(0, 8);
  }
}
console.log(sum, hash.digest('hex'));
const code = crypto.createHmac('sha3-256', 'key');
for (let i = 0; i < 3000; i++) {
  code.update(long.subarray(i, i + 100));
}
console.log(code.digest('hex'), code.digest('hex').length);
const changing = Buffer.from('before');
const kept = crypto.createHash('md5').update(changing);
changing.fill(0);
console.log(kept.digest('hex'));

attempt('twice', () => { const h = crypto.createHash('md5'); h.digest(); return h.digest(); });
attempt('update after digest', () => { const h = crypto.createHash('md5'); h.digest(); return h.update('x'); });
attempt('copy after digest', () => { const h = crypto.createHash('md5'); h.digest(); return h.copy(); });
attempt('a number', () => crypto.createHash('md5').update(5));
attempt('no key', () => crypto.createHmac('sha256'));
attempt('outputLength', () => crypto.createHash('sha256', { outputLength: 8 }));
attempt('hash', () => [crypto.hash('sha1', 'abc'), crypto.hash('md5', Buffer.from('abc'), 'base64')]);
attempt('hash nope', () => crypto.hash('nope', 'abc'));
console.log(crypto.createHash('md5'), crypto.createHmac('md5', 'a'));
console.log(crypto.timingSafeEqual(Buffer.from('abc'), Buffer.from('abc')), crypto.timingSafeEqual(Buffer.from('abc'), Buffer.from('abd')));
attempt('lengths', () => crypto.timingSafeEqual(Buffer.alloc(1), Buffer.alloc(2)));
attempt('text', () => crypto.timingSafeEqual('a', Buffer.alloc(2)));

(async () => {
  const stream = crypto.createHash('sha256');
  await pipeline(Readable.from(['some ', 'text']), stream);
  console.log(stream.read().toString('hex'));
  const parts = [];
  for await (const part of Readable.from(['some ', 'text']).pipe(crypto.createHmac('sha1', 'k')).setEncoding('hex')) {
    parts.push(part);
  }
  console.log(parts.join(''));
})();
