// KeyObject: secret keys. Of private and public ones see `unavailable` in crypto.js.
import { Buffer } from '../buffer.js';
import { codes, validate } from '../errors.js';
import { asBuffer, copyOf, input, nothing } from './shared.js';

const kKeyType = Symbol('kKeyType');
const keyTypes = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'];
const kept = new WeakMap();

export class KeyObject {
  constructor(type, bytes) {
    if (type !== 'secret') {
      throw codes.ERR_INVALID_ARG_VALUE('type', type);
    }
    this[kKeyType] = type;
    kept.set(this, bytes);
  }
  get type() { return this[kKeyType]; }
  get symmetricKeySize() { return kept.get(this).length; }
  export(options) {
    if (options !== undefined) {
      validate.object(options, 'options');
      if (options.format === 'jwk') {
        return { kty: 'oct', k: asBuffer(kept.get(this)).toString('base64url') };
      }
    }
    return asBuffer(copyOf(kept.get(this)));
  }
  equals(other) {
    if (!(other instanceof KeyObject)) {
      throw codes.ERR_INVALID_ARG_TYPE('otherKeyObject', 'KeyObject', other);
    }
    return Buffer.compare(kept.get(this), kept.get(other)) === 0;
  }
  toCryptoKey(algorithm, extractable, usages) {
    return new CryptoKey('secret', algorithm, extractable, usages, kept.get(this));
  }
  static from(key) {
    if (!(key instanceof CryptoKey)) {
      throw codes.ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
    }
    return new SecretKeyObject('secret', kept.get(key));
  }
  get [Symbol.toStringTag]() { return 'KeyObject'; }
}
class SecretKeyObject extends KeyObject {}

const custom = Symbol.for('nodejs.util.inspect.custom');

export class CryptoKey {
  #type;
  #algorithm;
  #extractable;
  #usages;
  constructor(type, algorithm, extractable, usages, bytes) {
    if (bytes === undefined) {
      throw Object.assign(new TypeError('Illegal constructor'), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
    }
    this.#type = type;
    this.#algorithm = algorithm;
    this.#extractable = !!extractable;
    this.#usages = usages;
    kept.set(this, bytes);
  }
  get type() { return this.#type; }
  get extractable() { return this.#extractable; }
  get algorithm() { return this.#algorithm; }
  get usages() { return this.#usages; }
  get [Symbol.toStringTag]() { return 'CryptoKey'; }
  [custom](depth, options, inspect) {
    const { type, extractable, algorithm, usages } = this;
    return `CryptoKey ${inspect({ type, extractable, algorithm, usages }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}

// The bytes of a key in any form.
export function keyBytes(key, encoding, name = 'key', expected = keyTypes) {
  return kept.get(key) ?? (typeof key === 'string' && key === '' ? nothing : input(key, encoding ?? 'utf8', name, expected));
}

export function createSecretKey(key, encoding) {
  return new SecretKeyObject('secret', copyOf(input(key, encoding, 'key', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'])));
}

export const isKeyObject = (value) => value instanceof KeyObject;
export const isCryptoKey = (value) => value instanceof CryptoKey;
