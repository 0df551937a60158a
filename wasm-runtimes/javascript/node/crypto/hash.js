// Hash and Hmac. The host absorbs what has gathered; its state between two calls is kept here, so
// that long inputs are not, and that a copy costs nothing.
import { codes, validate } from '../errors.js';
import { call, counted } from '../host.js';
import { keyBytes } from './keys.js';
import { addMethods, chunk, copyOf, hashOf, kHandle, lazyTransform, nothing, opensslError, output } from './shared.js';

const DIGEST = 1;
const HMAC = 2;
const ABSORB = 8;
// Bytes and parts that gather before the host is called.
const MOST_BYTES = 65536;
const MOST_PARTS = 1024;

// A request's head for a hash that has not begun.
const fresh = (hash) => Uint8Array.of(hash[0], 0, 0, 0, 0);

export function digest(hash, ...parts) {
  return call(DIGEST, [fresh(hash), ...parts]);
}

export function hmac(hash, key, ...parts) {
  return call(HMAC, [Uint8Array.of(hash[0]), ...counted(key), ...parts]);
}

class Absorber {
  #hash;
  #state = nothing;
  #parts = [];
  #size = 0;

  constructor(hash) { this.#hash = hash; }

  get hash() { return this.#hash; }

  // `own`: nobody else holds the bytes, so that they need not be copied.
  update(bytes, own) {
    const whole = this.#size + bytes.length >= MOST_BYTES || this.#parts.length >= MOST_PARTS;
    this.#parts.push(whole || own ? bytes : copyOf(bytes));
    this.#size += bytes.length;
    if (whole) {
      this.absorb();
    }
  }

  absorb() {
    this.#state = this.#call(ABSORB);
    this.#parts = [];
    this.#size = 0;
  }

  #call(operation) {
    return call(operation, [Uint8Array.of(this.#hash[0]), ...counted(this.#state), ...this.#parts]);
  }

  get state() { return this.#state; }
  set state(state) { this.#state = state; }
  get parts() { return this.#parts; }

  digest() { return this.#state === nothing ? digest(this.#hash, ...this.#parts) : this.#call(DIGEST); }

  copy() {
    const copy = new this.constructor(this.#hash);
    copy.#state = this.#state;
    copy.#parts = [...this.#parts];
    copy.#size = this.#size;
    return copy;
  }
}

// HMAC. What is long is hashed in parts: the hash of the key's one half and the text, then of its
// other half and that.
class Code extends Absorber {
  #key;

  constructor(hash, key) {
    super(hash);
    this.#key = key;
  }

  #half(mask) {
    const [, blockSize] = this.hash;
    const block = new Uint8Array(blockSize);
    block.set(this.#key.length > blockSize ? digest(this.hash, this.#key) : this.#key);
    return block.map((byte) => byte ^ mask);
  }

  absorb() {
    if (this.state === nothing) {
      this.state = call(ABSORB, [fresh(this.hash), this.#half(0x36)]);
    }
    super.absorb();
  }

  digest() {
    return this.state === nothing ? hmac(this.hash, this.#key, ...this.parts) : digest(this.hash, this.#half(0x5c), super.digest());
  }
}

// Named as node's, which inspect shows.
const handles = { Hash: class extends Absorber {}, Hmac: class extends Code {} };
const kState = Symbol('kState');
const kFinalized = Symbol('kFinalized');

export function Hash(algorithm, options) {
  if (!(this instanceof Hash)) {
    return new Hash(algorithm, options);
  }
  let handle;
  if (algorithm instanceof Absorber) {
    handle = algorithm.copy();
  } else {
    validate.string(algorithm, 'algorithm');
    const hash = hashOf(algorithm);
    if (hash === undefined) {
      throw new Error('Digest method not supported');
    }
    if (options?.outputLength !== undefined && options.outputLength !== hash[2]) {
      throw opensslError('digital envelope routines', 'not XOF or invalid length', '030000B2');
    }
    handle = new handles.Hash(hash);
  }
  this._options = options;
  this[kHandle] = handle;
  this[kState] = { [kFinalized]: false };
}
lazyTransform(Hash);

const methods = {
  update(data, encoding) {
    if (this[kState][kFinalized]) {
      throw codes.ERR_CRYPTO_HASH_FINALIZED();
    }
    this[kHandle].update(chunk(data, encoding), typeof data === 'string');
    return this;
  },
  _transform(data, encoding, callback) {
    this[kHandle].update(chunk(data, encoding));
    callback();
  },
  _flush(callback) {
    // What comes out at the end of a stream can still be asked for.
    const digest = this[kHandle].digest();
    this[kHandle] = { digest: () => digest };
    this.push(globalThis.Buffer.from(digest));
    callback();
  },
};

addMethods(Hash, {
  ...methods,
  digest(encoding) {
    const state = this[kState];
    if (state[kFinalized]) {
      throw codes.ERR_CRYPTO_HASH_FINALIZED();
    }
    state[kFinalized] = true;
    return output(this[kHandle].digest(), encoding);
  },
  copy(options) {
    if (this[kState][kFinalized]) {
      throw codes.ERR_CRYPTO_HASH_FINALIZED();
    }
    return new Hash(this[kHandle], options);
  },
});

export function Hmac(algorithm, key, options) {
  if (!(this instanceof Hmac)) {
    return new Hmac(algorithm, key, options);
  }
  validate.string(algorithm, 'hmac');
  const secret = keyBytes(key, options?.encoding);
  const hash = hashOf(algorithm);
  if (hash === undefined) {
    throw codes.ERR_CRYPTO_INVALID_DIGEST(algorithm);
  }
  this._options = options;
  this[kHandle] = new handles.Hmac(hash, copyOf(secret));
  this[kState] = { [kFinalized]: false };
}
lazyTransform(Hmac);
addMethods(Hmac, {
  ...methods,
  digest(encoding) {
    const state = this[kState];
    const code = state[kFinalized] ? nothing.slice() : this[kHandle].digest();
    state[kFinalized] = true;
    return output(code, encoding);
  },
});

export const createHash = (algorithm, options) => new Hash(algorithm, options);
export const createHmac = (algorithm, key, options) => new Hmac(algorithm, key, options);

export function hash(algorithm, data, encoding = 'hex') {
  validate.string(algorithm, 'algorithm');
  const bytes = chunk(data, 'utf8', 'input');
  const known = hashOf(algorithm);
  if (known === undefined) {
    throw new Error(`Digest method ${algorithm} is not supported`);
  }
  return output(digest(known, bytes), encoding);
}
