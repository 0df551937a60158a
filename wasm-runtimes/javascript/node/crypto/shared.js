// What the parts of crypto have in common: the hash functions, inputs and outputs, callbacks.
import { Buffer, bytesOf } from '../buffer.js';
import { codes, validate } from '../errors.js';
import { setImmediate } from '../loop.js';
import { Transform } from '../stream.js';

// name: [number in a request (host-calls.md), block size, output size]
export const hashes = {
  __proto__: null, 'md5': [0, 64, 16], 'sha1': [1, 64, 20], 'sha224': [2, 64, 28], 'sha256': [3, 64, 32],
  'sha384': [4, 128, 48], 'sha512': [5, 128, 64], 'sha512-224': [6, 128, 28], 'sha512-256': [7, 128, 32],
  'sha3-224': [8, 144, 28], 'sha3-256': [9, 136, 32], 'sha3-384': [10, 104, 48], 'sha3-512': [11, 72, 64],
  'ripemd160': [12, 64, 20],
};
const synonyms = {
  __proto__: null, 'sha-1': 'sha1', 'sha1-2': 'sha1', 'ripemd': 'ripemd160', 'rmd160': 'ripemd160', 'ripemd-160': 'ripemd160',
  'sha512/224': 'sha512-224', 'sha512/256': 'sha512-256',
};
for (const size of [224, 256, 384, 512]) {
  synonyms[`sha-${size}`] = synonyms[`sha2-${size}`] = `sha${size}`;
}

// Under OpenSSL's names, in its order.
const listed = ['RSA-MD5', 'RSA-RIPEMD160', 'RSA-SHA1', 'RSA-SHA1-2', 'RSA-SHA224', 'RSA-SHA256', 'RSA-SHA3-224', 'RSA-SHA3-256',
  'RSA-SHA3-384', 'RSA-SHA3-512', 'RSA-SHA384', 'RSA-SHA512', 'RSA-SHA512/224', 'RSA-SHA512/256', 'id-rsassa-pkcs1-v1_5-with-sha3-224',
  'id-rsassa-pkcs1-v1_5-with-sha3-256', 'id-rsassa-pkcs1-v1_5-with-sha3-384', 'id-rsassa-pkcs1-v1_5-with-sha3-512', 'md5',
  'md5WithRSAEncryption', 'ripemd', 'ripemd160', 'ripemd160WithRSA', 'rmd160', 'sha1', 'sha1WithRSAEncryption', 'sha224',
  'sha224WithRSAEncryption', 'sha256', 'sha256WithRSAEncryption', 'sha3-224', 'sha3-256', 'sha3-384', 'sha3-512', 'sha384',
  'sha384WithRSAEncryption', 'sha512', 'sha512-224', 'sha512-224WithRSAEncryption', 'sha512-256', 'sha512-256WithRSAEncryption',
  'sha512WithRSAEncryption', 'ssl3-md5', 'ssl3-sha1'];
export const getHashes = () => [...listed];

const found = new Map();

// The hash function of that name, or undefined.
export function hashOf(name) {
  let hash = found.get(name);
  if (hash === undefined) {
    hash = find(name);
    if (hash !== undefined) {
      found.set(name, hash);
    }
  }
  return hash;
}

function find(name) {
  let key = name.toLowerCase();
  const bare = key.replace(/^(rsa-|ssl3-|id-rsassa-pkcs1-v1_5-with-)|withrsa(encryption)?$/g, '');
  if (bare === key && key.includes('/')) {
    return undefined;
  }
  key = bare;
  return hashes[synonyms[key] ?? key];
}

export function digestOf(name) {
  validate.string(name, 'digest');
  const hash = hashOf(name);
  if (hash === undefined) {
    throw codes.ERR_CRYPTO_INVALID_DIGEST(name);
  }
  return hash;
}

const anyBytes = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];

// Bytes from a string or any view or buffer.
export function input(data, encoding, name = 'data', expected = anyBytes) {
  const bytes = typeof data === 'string' ? bytesOf(data, encoding === 'buffer' ? 'utf8' : encoding) : bytesOf(data);
  if (bytes === undefined) {
    throw codes.ERR_INVALID_ARG_TYPE(name, expected, data);
  }
  return bytes;
}

// The same without ArrayBuffer, as streams of data take it.
export function chunk(data, encoding, name = 'data') {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
    throw codes.ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  }
  return input(data, encoding, name);
}

export const asBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function output(bytes, encoding) {
  const buffer = asBuffer(bytes);
  return encoding === undefined || encoding === null || encoding === 'buffer' ? buffer : buffer.toString(encoding);
}

// Not by `slice`, which a Buffer has its own of.
export const copyOf = (bytes) => new Uint8Array(bytes);

export const nothing = new Uint8Array(0);

// Calls back later with the result of `compute`, or with what it throws.
export function later(callback, compute) {
  let result;
  let failure = null;
  try {
    result = compute();
  } catch (error) {
    failure = error;
  }
  setImmediate(() => (failure ? callback(failure) : callback(null, result)));
}

// Node shows what its objects hold under this symbol.
export const kHandle = Symbol('kHandle');

export function addMethods(Class, methods) {
  for (const name of Object.keys(methods)) {
    Object.defineProperty(Class.prototype, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
  }
}

// Makes a class a Transform whose streams are set up only when something asks for them: most
// hashes and ciphers are never used as streams.
export function lazyTransform(Class) {
  Object.setPrototypeOf(Class.prototype, Transform.prototype);
  Object.setPrototypeOf(Class, Transform);
  for (const name of ['_readableState', '_writableState']) {
    Object.defineProperty(Class.prototype, name, {
      get() {
        Transform.call(this, this._options);
        return this[name];
      },
      set(value) { Object.defineProperty(this, name, { value, enumerable: true, configurable: true, writable: true }); },
      configurable: true, enumerable: true,
    });
  }
}

export function opensslError(place, reason, number) {
  const code = `ERR_OSSL_${place === 'digital envelope routines' ? 'EVP_' : ''}${reason.toUpperCase().replaceAll(' ', '_')}`;
  return Object.assign(new Error(`error:${number}:${place}::${reason}`), { library: place, reason, code });
}
