// zlib: the bytes at each level, options, wrappings, errors, callbacks, streams.
const zlib = require('zlib');
const { promisify } = require('util');
const { pipeline } = require('stream/promises');
const { Readable } = require('stream');
const { createHash } = require('crypto');

const attempt = (name, run) => {
  try {
    const result = run();
    console.log(name, Buffer.isBuffer(result) ? result.toString() : result);
  } catch (error) {
    console.log(name, error.name, error.code, error.errno, error.message);
  }
};
const shown = (bytes) => `${bytes.length} ${bytes.length < 60 ? bytes.toString('base64') : createHash('md5').update(bytes).digest('hex')}`;
const samples = {
  short: 'hello world', text: 'The quick brown fox jumps over the lazy dog. '.repeat(20), chinese: '敏捷的棕色狐狸跳过懒狗。'.repeat(50),
  json: JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ id: i, name: `user ${i * 7919 % 1000}`, tags: ['a', 'b', i % 7] }))),
};
for (const [name, text] of Object.entries(samples)) {
  // At levels 1 to 3 the bytes are others for longer texts.
  for (const level of name === 'json' || name === 'chinese' ? [-1, 0, 4, 5, 6, 7, 8, 9] : [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    console.log(name, level, shown(zlib.gzipSync(text, { level })), shown(zlib.deflateSync(text, { level })), shown(zlib.deflateRawSync(text, { level })));
  }
  for (let strategy = 0; strategy < 5; strategy++) {
    console.log(name, 'strategy', strategy, shown(zlib.deflateSync(text, { strategy })));
  }
  console.log(name, shown(zlib.deflateSync(text, { windowBits: 9 })), shown(zlib.deflateRawSync(text, { memLevel: 1 })));
  for (let quality = 0; quality < 12; quality++) {
    console.log(name, 'brotli', quality, shown(zlib.brotliCompressSync(text, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: quality } })));
  }
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_LGWIN } = zlib.constants;
  console.log(name, shown(zlib.brotliCompressSync(text, { params: { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_LGWIN]: 12 } })));
  console.log([zlib.gunzipSync(zlib.gzipSync(text)), zlib.inflateSync(zlib.deflateSync(text)), zlib.inflateRawSync(zlib.deflateRawSync(text)),
    zlib.unzipSync(zlib.deflateSync(text)), zlib.unzipSync(zlib.gzipSync(text)), zlib.brotliDecompressSync(zlib.brotliCompressSync(text))]
    .every((each) => each.toString() === text));
}
const large = Buffer.alloc(3e6, 'large text ');
console.log(zlib.gunzipSync(zlib.gzipSync(large)).equals(large), zlib.brotliDecompressSync(zlib.brotliCompressSync(large)).equals(large));

const packed = zlib.gzipSync('abc');
const changed = (bytes, at, by = 1) => { const copy = Buffer.from(bytes); copy[copy.length + at] ^= by; return copy; };
attempt('two members', () => zlib.gunzipSync(Buffer.concat([packed, packed])));
attempt('zeros behind', () => zlib.gunzipSync(Buffer.concat([packed, Buffer.alloc(9)])));
attempt('junk behind', () => zlib.gunzipSync(Buffer.concat([packed, Buffer.from('junk')])));
attempt('junk behind zlib', () => zlib.inflateSync(Buffer.concat([zlib.deflateSync('a'), Buffer.from('junk')])));
attempt('cut off', () => zlib.gunzipSync(packed.subarray(0, 12)));
attempt('cut off, taken', () => zlib.gunzipSync(packed.subarray(0, 16), { finishFlush: zlib.constants.Z_SYNC_FLUSH }));
attempt('empty', () => zlib.gunzipSync(''));
attempt('no gzip', () => zlib.gunzipSync('hello world'));
attempt('no zlib', () => zlib.inflateSync('hello world'));
attempt('no deflate', () => zlib.inflateRawSync('hello world'));
attempt('wrong sum', () => zlib.gunzipSync(changed(packed, -6)));
attempt('wrong length', () => zlib.gunzipSync(changed(packed, -1)));
attempt('wrong Adler', () => zlib.inflateSync(changed(zlib.deflateSync('abc'), -1)));
attempt('bomb', () => zlib.inflateSync(zlib.deflateSync(Buffer.alloc(1e6)), { maxOutputLength: 1000 }));
attempt('no Brotli', () => zlib.brotliDecompressSync('hello'));
attempt('bad Brotli', () => zlib.brotliDecompressSync(Buffer.from([0x91, 0xff, 0xff, 0xff, 0x01])));
attempt('Brotli cut off', () => zlib.brotliDecompressSync(zlib.brotliCompressSync('hello').subarray(0, 4)));
attempt('Brotli bomb', () => zlib.brotliDecompressSync(zlib.brotliCompressSync(Buffer.alloc(1e6)), { maxOutputLength: 1000 }));
attempt('Brotli parameter', () => zlib.brotliCompressSync('a', { params: { 99: 1 } }));
attempt('level', () => zlib.gzipSync('a', { level: 10 }));
attempt('level text', () => zlib.gzipSync('a', { level: 'x' }));
attempt('window', () => zlib.gzipSync('a', { windowBits: 16 }));
attempt('a number', () => zlib.gzipSync(5));
attempt('no callback', () => zlib.gzip('x'));
const dictionary = Buffer.from('hello');
attempt('dictionary', () => zlib.inflateSync(zlib.deflateSync('hello hello', { dictionary }), { dictionary }));
attempt('no dictionary', () => zlib.inflateSync(zlib.deflateSync('hello hello', { dictionary })));
attempt('other dictionary', () => zlib.inflateSync(zlib.deflateSync('hello hello', { dictionary }), { dictionary: Buffer.from('other') }));
attempt('views', () => [zlib.gzipSync(new ArrayBuffer(3)).length, zlib.gzipSync(new Uint16Array([1, 2])).length]);
attempt('crc32', () => [zlib.crc32('hello'), zlib.crc32(Buffer.from('world'), 5), zlib.crc32('')]);

(async () => {
  console.log((await promisify(zlib.brotliCompress)('hello')).toString('hex'), (await promisify(zlib.unzip)(await promisify(zlib.gzip)('abc'))).toString());
  await promisify(zlib.inflate)('bad').catch((error) => console.log(error.code));
  const out = [];
  await pipeline(Readable.from(['hello ', 'world']), zlib.createGzip({ level: 9 }), zlib.createGunzip(), async (source) => {
    for await (const part of source) {
      out.push(part);
    }
  });
  console.log(Buffer.concat(out).toString());
  for (const stream of [zlib.createBrotliCompress(), zlib.createDeflateRaw(), zlib.Deflate(), new zlib.Gzip()]) {
    const parts = [];
    for await (const part of Readable.from([Buffer.from(samples.json)]).pipe(stream)) {
      parts.push(part);
    }
    console.log(stream.constructor.name, shown(Buffer.concat(parts)));
  }
  zlib.createGunzip().on('error', (error) => console.log(error.code, error.message)).end('bad data');
})();
