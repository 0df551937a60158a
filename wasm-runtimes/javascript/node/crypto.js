// crypto: the host computes (see host-calls.md), this gives it node's face.
import native from './native.js';
import { Buffer, bytesOf, normalizeEncoding } from './buffer.js';
import { codes, validate } from './errors.js';
import { call, concat, counted, u32 } from './host.js';
import { nextTick, setImmediate } from './loop.js';
import { Transform } from './stream.js';
import { types } from './types.js';

const DIGEST = 1;
const HMAC = 2;
const PBKDF2 = 3;
const SCRYPT = 4;
const CIPHER = 5;

// name: [number in a request, block size, output size]
const hashes = {
  __proto__: null, 'md5': [0, 64, 16], 'sha1': [1, 64, 20], 'sha224': [2, 64, 28], 'sha256': [3, 64, 32],
  'sha384': [4, 128, 48], 'sha512': [5, 128, 64], 'sha512-224': [6, 128, 28], 'sha512-256': [7, 128, 32],
  'sha3-224': [8, 144, 28], 'sha3-256': [9, 136, 32], 'sha3-384': [10, 104, 48], 'sha3-512': [11, 72, 64],
};

function hashOf(name) {
  validate.string(name, 'digest');
  const key = name.toLowerCase().replace(/^rsa-/, '').replace(/^sha-(1|224|256|384|512)$/, 'sha$1')
    .replace('sha512/', 'sha512-');
  return hashes[key];
}

function input(data, encoding, name = 'data') {
  const bytes = typeof data === 'string' ? bytesOf(data, encoding === 'buffer' ? 'utf8' : encoding) : bytesOf(data);
  if (bytes === undefined) {
    throw codes.ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  }
  return bytes;
}

function output(bytes, encoding) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding === undefined || encoding === null || encoding === 'buffer' ? buffer : buffer.toString(encoding);
}

const copyOf = (bytes) => Uint8Array.prototype.slice.call(bytes);
const kInternal = Symbol('kInternal');
const kFinal = Symbol('kFinal');

function internal(object, value) {
  Object.defineProperty(object, kInternal, { value, enumerable: false, writable: true });
}

export function Hash(algorithm, options, copied) {
  if (!(this instanceof Hash)) {
    return new Hash(algorithm, options);
  }
  const hash = copied ? copied.hash : hashOf(algorithm);
  if (hash === undefined) {
    throw Object.assign(new Error('Digest method not supported'), { code: 'ERR_CRYPTO_INVALID_DIGEST' });
  }
  Transform.call(this, options);
  internal(this, { hash, parts: copied ? [...copied.parts] : [], done: false, key: null });
}
Object.setPrototypeOf(Hash.prototype, Transform.prototype);
Object.setPrototypeOf(Hash, Transform);

function finish(state) {
  const data = concat(state.parts);
  const [number] = state.hash;
  return state.key === null ? call(DIGEST, [Uint8Array.of(number), data])
    : call(HMAC, [Uint8Array.of(number), counted(state.key), data]);
}

const hashMethods = {
  update(data, encoding) {
    const state = this[kInternal];
    if (state.done) {
      throw codes.ERR_CRYPTO_HASH_FINALIZED();
    }
    state.parts.push(copyOf(input(data, encoding)));
    return this;
  },
  digest(encoding) {
    const state = this[kInternal];
    if (state.done) {
      if (state.key !== null) {
        return output(new Uint8Array(0), encoding);
      }
      throw codes.ERR_CRYPTO_HASH_FINALIZED();
    }
    state.done = true;
    return output(finish(state), encoding);
  },
  _transform(data, encoding, callback) {
    this.update(data, encoding);
    callback();
  },
  _flush(callback) {
    this.push(this.digest());
    callback();
  },
};
function addMethods(Class, methods) {
  for (const name of Object.keys(methods)) {
    Object.defineProperty(Class.prototype, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
  }
}
addMethods(Hash, { ...hashMethods, copy(options) {
  const state = this[kInternal];
  if (state.done) {
    throw codes.ERR_CRYPTO_HASH_FINALIZED();
  }
  return new Hash(null, options, state);
} });

export class KeyObject {
  constructor(type, bytes) {
    this.type = type;
    internal(this, bytes);
  }
  get symmetricKeySize() { return this[kInternal].length; }
  export(options) {
    return options?.format === 'jwk' ? { kty: 'oct', k: output(this[kInternal], 'base64url') } : output(copyOf(this[kInternal]));
  }
  equals(other) { return Buffer.compare(this[kInternal], other[kInternal]) === 0; }
}

const keyBytes = (key, name = 'key') => (key instanceof KeyObject ? key[kInternal] : input(key, 'utf8', name));

export function Hmac(algorithm, key, options) {
  if (!(this instanceof Hmac)) {
    return new Hmac(algorithm, key, options);
  }
  validate.string(algorithm, 'hmac');
  const hash = hashOf(algorithm);
  if (hash === undefined) {
    throw Object.assign(new Error(`Invalid digest: ${algorithm}`), { code: 'ERR_CRYPTO_INVALID_DIGEST' });
  }
  Transform.call(this, options);
  internal(this, { hash, parts: [], done: false, key: copyOf(keyBytes(key)) });
}
Object.setPrototypeOf(Hmac.prototype, Transform.prototype);
Object.setPrototypeOf(Hmac, Transform);
addMethods(Hmac, hashMethods);

export const createHash = (algorithm, options) => {
  validate.string(algorithm, 'algorithm');
  return new Hash(algorithm, options);
};
export const createHmac = (algorithm, key, options) => new Hmac(algorithm, key, options);

export function hash(algorithm, data, encoding = 'hex') {
  return createHash(algorithm).update(data).digest(encoding);
}

// The synchronous function, or with a callback as its last argument the same later.
function later(callback, compute) {
  let result;
  let failure = null;
  try {
    result = compute();
  } catch (error) {
    failure = error;
  }
  setImmediate(() => (failure ? callback(failure) : callback(null, result)));
}

export function randomBytes(size, callback) {
  validate.number(size, 'size');
  if (Number.isNaN(size) || size < 0 || size > 2 ** 31 - 1) {
    throw codes.ERR_OUT_OF_RANGE('size', '>= 0 && <= 2147483647', size);
  }
  const fill = () => {
    const buffer = Buffer.alloc(size);
    native.random(buffer);
    return buffer;
  };
  return callback === undefined ? fill() : later(callback, fill);
}

export function randomFillSync(buffer, offset = 0, size = undefined) {
  const bytes = bytesOf(buffer);
  const width = types.isTypedArray(buffer) ? buffer.BYTES_PER_ELEMENT : 1;
  const start = offset * width;
  native.random(bytes.subarray(start, size === undefined ? undefined : start + size * width));
  return buffer;
}

export function randomFill(buffer, offset, size, callback) {
  if (typeof offset === 'function') {
    [offset, size, callback] = [0, undefined, offset];
  } else if (typeof size === 'function') {
    [size, callback] = [undefined, size];
  }
  later(callback, () => randomFillSync(buffer, offset, size));
}

export function randomInt(min, max, callback) {
  if (max === undefined || typeof max === 'function') {
    [min, max, callback] = [0, min, max];
  }
  if (!Number.isSafeInteger(min)) {
    throw codes.ERR_INVALID_ARG_TYPE('min', 'a safe integer', min);
  }
  if (!Number.isSafeInteger(max)) {
    throw codes.ERR_INVALID_ARG_TYPE('max', 'a safe integer', max);
  }
  if (max <= min) {
    throw codes.ERR_OUT_OF_RANGE('max', `greater than the value of "min" (${min})`, max);
  }
  const range = max - min;
  if (range > 2 ** 48 - 1) {
    throw codes.ERR_OUT_OF_RANGE('max - min', `<= ${2 ** 48 - 1}`, range);
  }
  const limit = 2 ** 48 - (2 ** 48 % range);
  for (;;) {
    const value = randomBytes(6).readUIntBE(0, 6);
    if (value < limit) {
      const number = min + value % range;
      if (callback === undefined) {
        return number;
      }
      nextTick(callback, undefined, number);
      return undefined;
    }
  }
}

export function randomUUID() {
  const bytes = randomBytes(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = bytes.toString('hex');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

export function timingSafeEqual(a, b) {
  for (const [value, name] of [[a, 'buf1'], [b, 'buf2']]) {
    if (typeof value === 'string' || bytesOf(value) === undefined) {
      throw codes.ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value);
    }
  }
  const [left, right] = [bytesOf(a), bytesOf(b)];
  if (left.length !== right.length) {
    throw codes.ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH();
  }
  let different = 0;
  for (let i = 0; i < left.length; i++) {
    different |= left[i] ^ right[i];
  }
  return different === 0;
}

export function pbkdf2Sync(password, salt, iterations, length, digest) {
  validate.string(digest, 'digest');
  const secret = keyBytes(password, 'password');
  const grain = input(salt, 'utf8', 'salt');
  validate.integer(iterations, 'iterations', 1, 2 ** 31 - 1);
  validate.integer(length, 'keylen', 0, 2 ** 31 - 1);
  const known = hashOf(digest);
  if (known === undefined) {
    throw codes.ERR_CRYPTO_INVALID_DIGEST(digest);
  }
  return output(call(PBKDF2, [Uint8Array.of(known[0]), u32(iterations), u32(length), counted(secret), grain]));
}

export function pbkdf2(password, salt, iterations, length, digest, callback) {
  if (typeof digest === 'function') {
    callback = digest;
    digest = undefined;
  }
  validate.function(callback, 'callback');
  validate.string(digest, 'digest');
  later(callback, () => pbkdf2Sync(password, salt, iterations, length, digest));
}

export function scryptSync(password, salt, length, options = {}) {
  const cost = options.N ?? options.cost ?? 16384;
  const block = options.r ?? options.blockSize ?? 8;
  const lanes = options.p ?? options.parallelization ?? 1;
  const most = options.maxmem ?? 32 << 20;
  const secret = keyBytes(password, 'password');
  const grain = input(salt, 'utf8', 'salt');
  validate.integer(length, 'keylen', 0, 2 ** 31 - 1);
  if (cost < 2 || (cost & (cost - 1)) !== 0 || 128 * cost * block > most) {
    throw codes.ERR_CRYPTO_INVALID_SCRYPT_PARAMS();
  }
  return output(call(SCRYPT, [u32(cost), u32(block), u32(lanes), u32(length), counted(secret), grain]));
}

export function scrypt(password, salt, length, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  validate.function(callback, 'callback');
  later(callback, () => scryptSync(password, salt, length, options));
}

export function hkdfSync(digest, key, salt, info, length) {
  const known = hashOf(digest);
  if (known === undefined) {
    throw codes.ERR_CRYPTO_INVALID_DIGEST(digest);
  }
  const [number, , size] = known;
  const mac = (secret, data) => call(HMAC, [Uint8Array.of(number), counted(secret), data]);
  const grain = input(salt);
  const extracted = mac(grain.length === 0 ? new Uint8Array(size) : grain, keyBytes(key));
  let block = new Uint8Array(0);
  const blocks = [];
  for (let i = 1; blocks.length * size < length; i++) {
    block = mac(extracted, concat([block, input(info), Uint8Array.of(i)]));
    blocks.push(block);
  }
  return concat(blocks).slice(0, length).buffer;
}

const modes = { cbc: 0, ctr: 1, gcm: 2, ecb: 3 };

function cipherOf(name) {
  const match = /^(?:id-)?aes-?(128|192|256)-?(cbc|ctr|gcm|ecb)$/i.exec(`${name}`);
  if (match === null) {
    throw codes.ERR_CRYPTO_UNKNOWN_CIPHER();
  }
  return { keySize: Number(match[1]) / 8, mode: match[2].toLowerCase() };
}

function opensslError(message, reason, code) {
  return Object.assign(new Error(message), { library: 'Provider routines', reason, code });
}

class Cipher extends Transform {
  constructor(decrypt, algorithm, key, iv, options) {
    super(options);
    validate.string(algorithm, 'cipher');
    const { keySize, mode } = cipherOf(algorithm);
    const secret = copyOf(keyBytes(key));
    if (secret.length !== keySize) {
      throw codes.ERR_CRYPTO_INVALID_KEYLEN();
    }
    const vector = iv === null ? new Uint8Array(0) : copyOf(input(iv, 'utf8', 'iv'));
    if (mode === 'gcm' ? vector.length !== 12 : vector.length !== (mode === 'ecb' ? 0 : 16)) {
      throw codes.ERR_CRYPTO_INVALID_IV();
    }
    internal(this, { decrypt, mode, key: secret, iv: vector, padding: true, extra: [], tag: null, done: false,
      held: new Uint8Array(0), all: [], size: 0, tagSize: options?.authTagLength ?? 16 });
  }

  update(data, inputEncoding, outputEncoding) {
    const state = this[kInternal];
    if (state.done) {
      throw codes.ERR_CRYPTO_INVALID_STATE('update');
    }
    return output(next(state, copyOf(input(data, inputEncoding))), outputEncoding);
  }

  final(encoding) {
    const state = this[kInternal];
    if (state.done) {
      throw codes.ERR_CRYPTO_INVALID_STATE('final');
    }
    const last = this[kFinal](state);
    state.done = true;
    return output(last, encoding);
  }

  [kFinal](state) {
    if (state.mode === 'ctr') {
      return new Uint8Array(0);
    }
    if (state.mode === 'gcm') {
      if (!state.decrypt) {
        const sealed = request(state, concat(state.all), state.iv);
        state.tag = sealed.slice(state.size, state.size + state.tagSize);
        return new Uint8Array(0);
      }
      if (state.tag === null || typeof request(state, concat([...state.all, state.tag]), state.iv) === 'number') {
        throw new Error('Unsupported state or unable to authenticate data');
      }
      return new Uint8Array(0);
    }
    const last = request(state, state.held, state.iv);
    if (typeof last === 'number') {
      if (state.decrypt && state.held.length % 16 === 0 && state.held.length > 0) {
        throw opensslError('error:1C800064:Provider routines::bad decrypt', 'bad decrypt', 'ERR_OSSL_BAD_DECRYPT');
      }
      throw opensslError('error:1C80006B:Provider routines::wrong final block length', 'wrong final block length',
        'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH');
    }
    return last;
  }

  setAutoPadding(padding = true) {
    this[kInternal].padding = !!padding;
    return this;
  }

  setAAD(data) {
    this[kInternal].extra.push(copyOf(input(data)));
    return this;
  }

  getAuthTag() {
    const state = this[kInternal];
    if (state.decrypt || state.tag === null) {
      throw codes.ERR_CRYPTO_INVALID_STATE('getAuthTag');
    }
    return output(state.tag);
  }

  setAuthTag(tag, encoding) {
    const state = this[kInternal];
    if (!state.decrypt || state.mode !== 'gcm') {
      throw codes.ERR_CRYPTO_INVALID_STATE('setAuthTag');
    }
    state.tag = copyOf(input(tag, encoding));
    return this;
  }

  _transform(data, encoding, callback) {
    this.push(this.update(data, encoding));
    callback();
  }

  _flush(callback) {
    try {
      this.push(this.final());
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }
}

// One request; a number if the host found the data wrong.
function request(state, data, iv, mode = modes[state.mode], padding = state.padding, decrypt = state.decrypt) {
  return call(CIPHER, [Uint8Array.of(mode, decrypt ? 1 : 0, padding ? 1 : 0), counted(state.key), counted(iv),
    counted(concat(state.extra)), data], true);
}

// As much output as there can be after `data`.
function next(state, data) {
  if (state.mode === 'ctr' || state.mode === 'gcm') {
    const before = state.size % 16;
    const block = Math.floor(state.size / 16) + (state.mode === 'gcm' ? 2 : 0);
    const counter = new Uint8Array(16);
    counter.set(state.iv);
    let carry = block;
    for (let i = 15; carry > 0; i--) {
      carry += counter[i];
      counter[i] = carry;
      carry = Math.floor(carry / 256);
    }
    const plain = request({ ...state, extra: [] }, concat([new Uint8Array(before), data]), counter, modes.ctr, false, false);
    state.size += data.length;
    if (state.mode === 'gcm') {
      state.all.push(data);
    }
    return plain.slice(before);
  }
  const all = concat([state.held, data]);
  let whole = all.length - all.length % 16;
  if (state.decrypt && state.padding && whole === all.length && whole > 0) {
    whole -= 16; // may be the padding
  }
  state.held = all.slice(whole);
  if (whole === 0) {
    return new Uint8Array(0);
  }
  const blocks = all.slice(0, whole);
  const result = request(state, blocks, state.iv, undefined, false);
  if (state.mode === 'cbc') {
    state.iv = (state.decrypt ? blocks : result).slice(-16);
  }
  return result;
}

export class Cipheriv extends Cipher {
  constructor(algorithm, key, iv, options) { super(false, algorithm, key, iv, options); }
}
export class Decipheriv extends Cipher {
  constructor(algorithm, key, iv, options) { super(true, algorithm, key, iv, options); }
}
export const createCipheriv = (algorithm, key, iv, options) => new Cipheriv(algorithm, key, iv, options);
export const createDecipheriv = (algorithm, key, iv, options) => new Decipheriv(algorithm, key, iv, options);

export const createSecretKey = (key, encoding) => new KeyObject('secret', copyOf(input(key, encoding, 'key')));
export const getHashes = () => Object.keys(hashes).map((name) => (name.startsWith('sha3') ? name : name));
export const getCiphers = () => ['128', '192', '256'].flatMap((size) => ['cbc', 'ctr', 'ecb', 'gcm'].map((mode) => `aes-${size}-${mode}`));

// Web Crypto, as far as it goes.
const webNames = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
const toArrayBuffer = (bytes) => copyOf(bytes).buffer;

function webHash(algorithm) {
  const name = `${typeof algorithm === 'string' ? algorithm : algorithm?.name}`.toUpperCase();
  if (webNames[name] === undefined) {
    throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
  }
  return webNames[name];
}

class CryptoKey {
  constructor(type, algorithm, extractable, usages, bytes) {
    Object.assign(this, { type, extractable, algorithm, usages });
    internal(this, bytes);
  }
}

class SubtleCrypto {
  async digest(algorithm, data) {
    return toArrayBuffer(createHash(webHash(algorithm)).update(bytesOf(data)).digest());
  }

  async importKey(format, data, algorithm, extractable, usages) {
    if (format !== 'raw') {
      throw new DOMException('Unable to import this key', 'NotSupportedError');
    }
    const description = typeof algorithm === 'string' ? { name: algorithm } : { ...algorithm };
    return new CryptoKey('secret', description, extractable, usages, copyOf(bytesOf(data)));
  }

  async exportKey(format, key) { return toArrayBuffer(key[kInternal]); }

  async sign(algorithm, key, data) {
    const hashName = webHash(key.algorithm.hash);
    return toArrayBuffer(createHmac(hashName, key[kInternal]).update(bytesOf(data)).digest());
  }

  async verify(algorithm, key, signature, data) {
    const expected = new Uint8Array(await this.sign(algorithm, key, data));
    const given = bytesOf(signature);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  async encrypt(algorithm, key, data) { return webCipher(algorithm, key, data, false); }
  async decrypt(algorithm, key, data) { return webCipher(algorithm, key, data, true); }

  async generateKey(algorithm, extractable, usages) {
    const size = algorithm.length ? algorithm.length / 8 : hashes[webHash(algorithm.hash)][1];
    return new CryptoKey('secret', { ...algorithm }, extractable, usages, new Uint8Array(randomBytes(size)));
  }

  async deriveBits(algorithm, key, length) {
    if (algorithm.name !== 'PBKDF2') {
      throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
    }
    return toArrayBuffer(pbkdf2Sync(key[kInternal], bytesOf(algorithm.salt), algorithm.iterations, length / 8,
      webHash(algorithm.hash)));
  }

  async deriveKey(algorithm, key, target, extractable, usages) {
    const bits = await this.deriveBits(algorithm, key, target.length ?? 512);
    return new CryptoKey('secret', { ...target }, extractable, usages, new Uint8Array(bits));
  }
  get [Symbol.toStringTag]() { return 'SubtleCrypto'; }
}

function webCipher(algorithm, key, data, decrypt) {
  const mode = /^AES-(CBC|CTR|GCM)$/i.exec(algorithm.name)?.[1].toLowerCase();
  if (mode === undefined) {
    throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
  }
  const name = `aes-${key[kInternal].length * 8}-${mode}`;
  const cipher = new Cipher(decrypt, name, key[kInternal], bytesOf(algorithm.iv ?? algorithm.counter));
  if (algorithm.additionalData) {
    cipher.setAAD(algorithm.additionalData);
  }
  let bytes = bytesOf(data);
  try {
    if (mode === 'gcm' && decrypt) {
      cipher.setAuthTag(bytes.slice(-16));
      bytes = bytes.slice(0, -16);
    }
    const parts = [cipher.update(bytes), cipher.final()];
    if (mode === 'gcm' && !decrypt) {
      parts.push(cipher.getAuthTag());
    }
    return toArrayBuffer(concat(parts));
  } catch {
    throw new DOMException('The operation failed for an operation-specific reason', 'OperationError');
  }
}

export const subtle = new SubtleCrypto();

class Crypto {
  get subtle() { return subtle; }
  getRandomValues(array) {
    if (!types.isTypedArray(array) || types.isFloat32Array(array) || types.isFloat64Array(array)) {
      throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    if (array.byteLength > 65536) {
      throw new DOMException(`The requested length exceeds 65,536 bytes`, 'QuotaExceededError');
    }
    return randomFillSync(array);
  }
  randomUUID() { return randomUUID(); }
  get [Symbol.toStringTag]() { return 'Crypto'; }
}
export const webcrypto = new Crypto();
export const getRandomValues = (array) => webcrypto.getRandomValues(array);
export const constants = {};

function unavailable(name) {
  return { [name]() {
    throw Object.assign(new Error(`crypto.${name} is not available in this sandbox`), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
  } }[name];
}

export default {
  Hash, Hmac, Cipheriv, Decipheriv, KeyObject, createHash, createHmac, createCipheriv, createDecipheriv, createSecretKey,
  hash, randomBytes, pseudoRandomBytes: randomBytes, randomFill, randomFillSync, randomInt, randomUUID, timingSafeEqual, pbkdf2, pbkdf2Sync,
  scrypt, scryptSync, hkdfSync, hkdf(digest, key, salt, info, length, callback) {
    later(callback, () => hkdfSync(digest, key, salt, info, length));
  },
  getHashes, getCiphers, getCurves: () => [], webcrypto, subtle, getRandomValues, constants, CryptoKey,
  ...Object.fromEntries(['createSign', 'createVerify', 'sign', 'verify', 'generateKeyPair', 'generateKeyPairSync',
    'createPrivateKey', 'createPublicKey', 'publicEncrypt', 'privateDecrypt', 'createECDH', 'createDiffieHellman']
    .map((name) => [name, unavailable(name)])),
};
export { Crypto, CryptoKey, SubtleCrypto };
void normalizeEncoding;
