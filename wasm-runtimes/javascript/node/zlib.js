// zlib: the host compresses (see host-calls.md).
import { Buffer, bytesOf } from './buffer.js';
import { codes } from './errors.js';
import { call, concat, u32 } from './host.js';
import { setImmediate } from './loop.js';
import { Transform } from './stream.js';

const COMPRESS = 6;
const DECOMPRESS = 7;
const TRUNCATED = -5;
const RAW = 0;
const ZLIB = 1;
const GZIP = 2;
const ANY = 3;
const mostOutput = 128 * 1024 * 1024;

function input(data) {
  const bytes = bytesOf(data);
  if (bytes === undefined) {
    throw codes.ERR_INVALID_ARG_TYPE('buffer', ['string', 'Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], data);
  }
  return bytes;
}

const asBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function failure(message, errno, code) {
  return Object.assign(new Error(message), { errno, code });
}

function deflate(wrapping, data, options) {
  const level = options?.level ?? -1;
  if (!Number.isInteger(level) || level < -1 || level > 9) {
    throw codes.ERR_OUT_OF_RANGE('options.level', '>= -1 and <= 9', level);
  }
  return asBuffer(call(COMPRESS, [Uint8Array.of(wrapping, level & 255), input(data)]));
}

function inflate(wrapping, data, options) {
  const bytes = input(data);
  const reply = call(DECOMPRESS, [Uint8Array.of(wrapping), u32(options?.maxOutputLength ?? mostOutput), bytes], true);
  if (typeof reply !== 'number') {
    return asBuffer(reply);
  }
  if (reply === TRUNCATED) {
    throw failure('unexpected end of file', -5, 'Z_BUF_ERROR');
  }
  const badHeader = wrapping === GZIP ? bytes[0] !== 0x1f || bytes[1] !== 0x8b
    : wrapping !== RAW && ((bytes[0] << 8 | bytes[1]) % 31 !== 0 || (bytes[0] & 15) !== 8);
  throw failure(badHeader ? 'incorrect header check' : wrapping === RAW ? 'invalid stored block lengths' : 'incorrect data check',
    -3, 'Z_DATA_ERROR');
}

const functions = {
  deflate: [deflate, ZLIB], deflateRaw: [deflate, RAW], gzip: [deflate, GZIP],
  inflate: [inflate, ZLIB], inflateRaw: [inflate, RAW], gunzip: [inflate, GZIP], unzip: [inflate, ANY],
};
const zlib = {};

for (const [name, [run, wrapping]] of Object.entries(functions)) {
  const sync = `${name}Sync`;
  zlib[name] = { [name](data, options, callback) {
    if (typeof options === 'function') {
      callback = options;
      options = undefined;
    }
    let result;
    let error = null;
    try {
      result = run(wrapping, data, options);
    } catch (failed) {
      error = failed;
    }
    setImmediate(() => (error ? callback(error) : callback(null, result)));
  } }[name];
  zlib[sync] = { [sync]: (data, options) => run(wrapping, data, options) }[sync];

  const className = name[0].toUpperCase() + name.slice(1);
  const Class = { [className]: class extends Transform {
    constructor(options) {
      super(options);
      this._parts = [];
      this._options = options;
    }
    _transform(data, encoding, callback) {
      this._parts.push(Uint8Array.from(bytesOf(data, encoding)));
      callback();
    }
    _flush(callback) {
      try {
        this.push(run(wrapping, concat(this._parts), this._options));
      } catch (error) {
        callback(error);
        return;
      }
      callback();
    }
  } }[className];
  zlib[className] = Class;
  zlib[`create${className}`] = (options) => new Class(options);
}

for (const name of ['brotliCompress', 'brotliDecompress']) {
  const refuse = () => {
    throw Object.assign(new Error('brotli is not available in this sandbox'), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
  };
  zlib[name] = refuse;
  zlib[`${name}Sync`] = refuse;
  zlib[`create${name[0].toUpperCase()}${name.slice(1)}`] = refuse;
}

const crcTable = new Uint32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  }
  return value;
});
zlib.crc32 = function crc32(data, start = 0) {
  let crc = ~start;
  for (const byte of input(data)) {
    crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  }
  return ~crc >>> 0;
};

zlib.constants = {
  Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_BLOCK: 5, Z_OK: 0, Z_STREAM_END: 1,
  Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6,
  Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1, Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2,
  Z_RLE: 3, Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0, Z_MIN_WINDOWBITS: 8, Z_MAX_WINDOWBITS: 15, Z_DEFAULT_WINDOWBITS: 15,
  Z_MIN_LEVEL: -1, Z_MAX_LEVEL: 9, Z_DEFAULT_LEVEL: -1,
};
zlib.codes = { Z_OK: 0, Z_STREAM_END: 1, Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5 };
export default zlib;
