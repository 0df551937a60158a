// Web Crypto with secret keys: digests, HMAC, AES, PBKDF2, HKDF.
import { Buffer, bytesOf } from '../buffer.js';
import { concat } from '../host.js';
import { types } from '../types.js';
import { createCipheriv, createDecipheriv } from './cipher.js';
import { hkdfSync, pbkdf2Sync } from './derive.js';
import { digest, hmac } from './hash.js';
import { CryptoKey, keyBytes } from './keys.js';
import { randomBytes, randomFillSync, randomUUID } from './random.js';
import { copyOf, hashes } from './shared.js';

const hashNames = { __proto__: null, 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
const known = ['HMAC', 'AES-GCM', 'AES-CBC', 'AES-CTR', 'PBKDF2', 'HKDF'];
const usagesOf = { 'HMAC': ['sign', 'verify'], 'PBKDF2': ['deriveKey', 'deriveBits'], 'HKDF': ['deriveKey', 'deriveBits'] };
const aesUsages = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];

const toArrayBuffer = (bytes) => copyOf(bytes).buffer;
const failed = (message, name) => new DOMException(message, name);

function hashName(algorithm) {
  const name = `${typeof algorithm === 'string' ? algorithm : algorithm?.name}`.toUpperCase();
  if (hashNames[name] === undefined) {
    throw failed('Unrecognized algorithm name', 'NotSupportedError');
  }
  return name;
}
const hashFor = (algorithm) => hashes[hashNames[hashName(algorithm)]];

// The algorithm with its name as it is spelled.
function normal(algorithm) {
  const description = typeof algorithm === 'string' ? { name: algorithm } : { ...algorithm };
  const name = known.find((each) => each === `${description.name}`.toUpperCase());
  if (name === undefined) {
    throw failed('Unrecognized algorithm name', 'NotSupportedError');
  }
  return { ...description, name };
}

function data(value, method, place) {
  const bytes = typeof value === 'string' ? undefined : bytesOf(value);
  if (bytes === undefined) {
    throw Object.assign(new TypeError(`Failed to execute '${method}' on 'SubtleCrypto': ${place} argument is not instance of ` +
      'ArrayBuffer, Buffer, TypedArray, or DataView.'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  return bytes;
}

function allow(key, algorithm, usage) {
  if (!(key instanceof CryptoKey) || key.algorithm.name !== algorithm.name || !key.usages.includes(usage)) {
    throw failed('The requested operation is not valid for the provided key', 'InvalidAccessError');
  }
  return keyBytes(key);
}

function keyUsages(name, usages) {
  const allowed = usagesOf[name] ?? aesUsages;
  const list = [...usages];
  if (list.some((usage) => !allowed.includes(usage))) {
    const kind = name === 'HMAC' ? 'an HMAC' : name in usagesOf ? `a ${name}` : 'an AES';
    throw failed(`Unsupported key usage for ${kind} key`, 'SyntaxError');
  }
  if (list.length === 0) {
    throw failed('Usages cannot be empty when importing a secret key.', 'SyntaxError');
  }
  return [...new Set(list)];
}

function withHash(description, dictionary) {
  if (description.hash === undefined) {
    throw Object.assign(new TypeError(`Failed to normalize algorithm: passed algorithm can not be converted to '${dictionary}' because ` +
      `'hash' is required in '${dictionary}'.`), { code: 'ERR_MISSING_OPTION' });
  }
  return { name: hashName(description.hash) };
}

function makeKey(description, bytes, extractable, usages) {
  const { name } = description;
  let algorithm = { name };
  if (name === 'HMAC') {
    if (bytes.length === 0) {
      throw failed('Zero-length key is not supported', 'DataError');
    }
    const hash = withHash(description, 'HmacImportParams');
    // Node lists a made key's properties in another order than an imported one's.
    algorithm = description.made ? { name, length: bytes.length * 8, hash } : { name, hash, length: description.length ?? bytes.length * 8 };
  } else if (name.startsWith('AES')) {
    if (![16, 24, 32].includes(bytes.length)) {
      throw failed('Invalid key length', 'DataError');
    }
    algorithm = { name, length: bytes.length * 8 };
  } else if (extractable) {
    throw failed(`${name} keys are not extractable`, 'SyntaxError');
  }
  return new CryptoKey('secret', algorithm, extractable, keyUsages(name, usages), bytes);
}

const jwkName = ({ name, hash, length }) => (name === 'HMAC' ? `HS${hash.name.slice(4)}` : `A${length}${name.slice(4)}`);

function cipher(algorithm, key, usage, value) {
  const description = normal(algorithm);
  const secret = allow(key, description, usage);
  const mode = description.name.slice(4).toLowerCase();
  const name = `aes-${secret.length * 8}-${mode}`;
  const bytes = data(value, usage, '3rd');
  const iv = data(description.iv ?? description.counter, usage, '1st');
  const tagSize = (description.tagLength ?? 128) / 8;
  const options = mode === 'gcm' ? { authTagLength: tagSize } : undefined;
  const extra = description.additionalData === undefined ? undefined : data(description.additionalData, usage, '1st');
  try {
    const convert = (usage === 'encrypt' ? createCipheriv : createDecipheriv)(name, secret, iv, options);
    if (extra !== undefined) {
      convert.setAAD(extra);
    }
    const split = mode === 'gcm' && usage === 'decrypt' ? bytes.length - tagSize : bytes.length;
    if (split < bytes.length) {
      convert.setAuthTag(bytes.subarray(split));
    }
    const parts = [convert.update(bytes.subarray(0, split)), convert.final()];
    if (mode === 'gcm' && usage === 'encrypt') {
      parts.push(convert.getAuthTag());
    }
    return concat(parts).slice().buffer;
  } catch {
    throw failed('The operation failed for an operation-specific reason', 'OperationError');
  }
}

function derive(algorithm, key, length, usage) {
  const description = normal(algorithm);
  const secret = allow(key, description, usage);
  if (length === null || length % 8 !== 0) {
    throw failed('length must be a multiple of 8', 'OperationError');
  }
  const hash = hashNames[withHash(description, `${description.name === 'HKDF' ? 'Hkdf' : 'Pbkdf2'}Params`).name];
  const salt = data(description.salt, usage, '1st');
  if (description.name === 'HKDF') {
    return hkdfSync(hash, secret, salt, data(description.info, usage, '1st'), length / 8);
  }
  return toArrayBuffer(pbkdf2Sync(secret, salt, description.iterations, length / 8, hash));
}

function keyLength(description) {
  return description.length ?? (description.name === 'HMAC' ? hashFor(description.hash)[1] * 8 : undefined);
}

export class SubtleCrypto {
  async digest(algorithm, value) {
    const bytes = data(value, 'digest', '2nd');
    return toArrayBuffer(digest(hashFor(algorithm), bytes));
  }

  async importKey(format, value, algorithm, extractable, usages) {
    const description = normal(algorithm);
    let bytes;
    if (format === 'raw') {
      bytes = copyOf(data(value, 'importKey', '2nd'));
    } else if (format === 'jwk' && value?.kty === 'oct' && typeof value.k === 'string') {
      bytes = new Uint8Array(Buffer.from(value.k, 'base64url'));
    } else if (format === 'jwk') {
      throw failed('Invalid keyData', 'DataError');
    } else {
      throw failed(`Unable to import ${description.name} key with format ${format}`, 'NotSupportedError');
    }
    return makeKey(description, bytes, extractable, usages);
  }

  async exportKey(format, key) {
    if (!key.extractable) {
      throw failed('key is not extractable', 'InvalidAccessException');
    }
    const bytes = keyBytes(key);
    if (format === 'jwk') {
      return { key_ops: key.usages, ext: true, kty: 'oct', k: Buffer.from(bytes).toString('base64url'), alg: jwkName(key.algorithm) };
    }
    if (format !== 'raw') {
      throw failed(`Unable to export a raw ${key.algorithm.name} ${key.type} key`, 'NotSupportedError');
    }
    return toArrayBuffer(bytes);
  }

  async sign(algorithm, key, value) {
    const secret = allow(key, normal(algorithm), 'sign');
    return toArrayBuffer(hmac(hashFor(key.algorithm.hash), secret, data(value, 'sign', '3rd')));
  }

  async verify(algorithm, key, signature, value) {
    const secret = allow(key, normal(algorithm), 'verify');
    const code = hmac(hashFor(key.algorithm.hash), secret, data(value, 'verify', '4th'));
    return Buffer.compare(code, data(signature, 'verify', '3rd')) === 0;
  }

  async encrypt(algorithm, key, value) { return cipher(algorithm, key, 'encrypt', value); }
  async decrypt(algorithm, key, value) { return cipher(algorithm, key, 'decrypt', value); }

  async generateKey(algorithm, extractable, usages) {
    const description = normal(algorithm);
    const length = keyLength(description);
    if (!(length > 0) || (description.name.startsWith('AES') && ![128, 192, 256].includes(length))) {
      throw failed('Invalid key length', 'OperationError');
    }
    return makeKey({ ...description, length, made: true }, new Uint8Array(randomBytes(length / 8)), extractable, usages);
  }

  async deriveBits(algorithm, key, length) { return derive(algorithm, key, length, 'deriveBits'); }

  async deriveKey(algorithm, key, target, extractable, usages) {
    const description = normal(target);
    const bits = derive(algorithm, key, keyLength(description), 'deriveKey');
    return makeKey(description, new Uint8Array(bits), extractable, usages);
  }

  get [Symbol.toStringTag]() { return 'SubtleCrypto'; }
}

export const subtle = new SubtleCrypto();

export class Crypto {
  get subtle() { return subtle; }
  getRandomValues(array) {
    if (!types.isTypedArray(array) || types.isFloat32Array(array) || types.isFloat64Array(array)) {
      throw failed('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    if (array.byteLength > 65536) {
      throw failed(`The requested length exceeds 65,536 bytes`, 'QuotaExceededError');
    }
    return randomFillSync(array);
  }
  randomUUID(options) { return randomUUID(options); }
  get [Symbol.toStringTag]() { return 'Crypto'; }
}
export const webcrypto = new Crypto();
