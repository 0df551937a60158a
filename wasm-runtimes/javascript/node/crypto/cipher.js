// Cipheriv and Decipheriv: AES. The host keeps nothing between two calls; what chains them (IV,
// counter, state of GCM) is kept here.
import { StringDecoder } from 'string_decoder/';
import { normalizeEncoding } from '../buffer.js';
import { codes, validate } from '../errors.js';
import { call, concat, counted } from '../host.js';
import { keyBytes } from './keys.js';
import { addMethods, asBuffer, chunk, copyOf, input, kHandle, lazyTransform, nothing, opensslError } from './shared.js';

const AES = 5;
const GCM = 9;
const BLOCK = 16;
const numbers = { cbc: 0, ctr: 1, ecb: 3 };
const ids = { 128: { ecb: 418, cbc: 419, gcm: 895, ctr: 904 }, 192: { ecb: 422, cbc: 423, gcm: 898, ctr: 905 },
  256: { ecb: 426, cbc: 427, gcm: 901, ctr: 906 } };
const ivLengths = { cbc: 16, ctr: 16, gcm: 12 };

function find(name) {
  const match = /^(?:(aes)-?|(id)-aes-?)(128|192|256)(?:-(cbc|ctr|gcm|ecb))?$/i.exec(name);
  if (match === null) {
    return undefined;
  }
  const mode = match[4]?.toLowerCase() ?? 'cbc';
  if (match[2] && mode !== 'gcm') {
    return undefined;
  }
  return { bits: Number(match[3]), keySize: Number(match[3]) / 8, mode };
}

export const getCiphers = () => [...['128', '192', '256'].flatMap((size) => ['cbc', 'ctr', 'ecb', 'gcm'].map((mode) => `aes-${size}-${mode}`)),
  'aes128', 'aes192', 'aes256', 'id-aes128-GCM', 'id-aes192-GCM', 'id-aes256-GCM'];

export function getCipherInfo(nameOrId, options = {}) {
  if (typeof nameOrId !== 'string' && typeof nameOrId !== 'number') {
    throw codes.ERR_INVALID_ARG_TYPE('nameOrNid', ['string', 'number'], nameOrId);
  }
  const name = typeof nameOrId === 'string' ? nameOrId : getCiphers().find((each) => ids[find(each).bits][find(each).mode] === nameOrId);
  const found = name === undefined ? undefined : find(name);
  if (found === undefined) {
    return undefined;
  }
  const { bits, mode, keySize } = found;
  const ivLength = ivLengths[mode];
  if ((options.keyLength !== undefined && options.keyLength !== keySize) ||
      (options.ivLength !== undefined && (mode === 'gcm' ? options.ivLength < 1 : options.ivLength !== ivLength))) {
    return undefined;
  }
  return { mode, name: mode === 'gcm' ? `id-aes${bits}-gcm` : `aes-${bits}-${mode}`, nid: ids[bits][mode],
    blockSize: mode === 'ctr' || mode === 'gcm' ? 1 : BLOCK, ...(ivLength && { ivLength: options.ivLength ?? ivLength }), keyLength: keySize };
}

function aes(state, data, padding) {
  return call(AES, [Uint8Array.of(numbers[state.mode], state.decrypt ? 1 : 0, padding ? 1 : 0),
    ...counted(state.key), ...counted(state.iv), data], true);
}

function badEnd(state, whole) {
  return state.decrypt && state.padding && whole
    ? opensslError('Provider routines', 'bad decrypt', '1C800064')
    : opensslError('Provider routines', 'wrong final block length', '1C80006B');
}

// CBC and ECB: whole blocks, and of the last one only at the end whether it holds padding.
const blockwise = {
  update(state, data) {
    const all = concat([state.held, data]);
    let whole = all.length - all.length % BLOCK;
    if (state.decrypt && state.padding && whole === all.length && whole > 0) {
      whole -= BLOCK;
    }
    state.held = all.slice(whole);
    if (whole === 0) {
      return nothing.slice();
    }
    const blocks = all.subarray(0, whole);
    const result = aes(state, blocks, false);
    if (state.mode === 'cbc') {
      state.iv = (state.decrypt ? blocks : result).slice(-BLOCK);
    }
    return result;
  },
  final(state) {
    if (!state.padding && state.held.length === 0) {
      return nothing.slice();
    }
    const last = aes(state, state.held, state.padding);
    if (typeof last === 'number') {
      throw badEnd(state, state.held.length === BLOCK);
    }
    return last;
  },
};

// CTR: the counter of the block that the text has come to, and the bytes of it that are used.
const counting = {
  update(state, data) {
    const before = state.size % BLOCK;
    const counter = state.iv.slice();
    let carry = Math.floor(state.size / BLOCK);
    for (let i = BLOCK - 1; carry > 0 && i >= 0; i--) {
      carry += counter[i];
      counter[i] = carry;
      carry = Math.floor(carry / 256);
    }
    state.size += data.length;
    const text = before === 0 ? data : concat([new Uint8Array(before), data]);
    return aes({ ...state, iv: counter }, text, false).subarray(before);
  },
  final: () => nothing.slice(),
};

function gcm(state, data, end) {
  const extra = state.chain === nothing ? concat(state.extra) : nothing;
  return call(GCM, [Uint8Array.of(state.decrypt ? 1 : 0, end ? 1 : 0), ...counted(state.key), ...counted(state.iv),
    ...counted(state.chain), ...counted(extra), data]);
}
const GCM_STATE = 48;

const authenticating = {
  update(state, data) {
    const reply = gcm(state, data, false);
    state.chain = reply.slice(0, GCM_STATE);
    return reply.subarray(GCM_STATE);
  },
  final(state) {
    const tag = gcm(state, nothing, true);
    if (!state.decrypt) {
      state.tag = tag.slice(0, state.tagSize ?? 16);
    } else if (state.tag === null || !state.tag.every((byte, at) => byte === tag[at])) {
      throw new Error('Unsupported state or unable to authenticate data');
    }
    return nothing.slice();
  },
};

const ways = { cbc: blockwise, ecb: blockwise, ctr: counting, gcm: authenticating };

class CipherBase {
  #state;
  constructor(state) { this.#state = state; }
  static of(handle) { return handle.#state; }
}
const stateOf = (cipher) => CipherBase.of(cipher[kHandle]);

const goodTagSize = (size) => size === 4 || size === 8 || (size >= 12 && size <= 16);

function initialise(cipher, decrypt, algorithm, key, iv, options) {
  validate.string(algorithm, 'cipher');
  const secret = copyOf(keyBytes(key, options?.encoding));
  const vector = iv === null ? null : copyOf(input(iv, 'utf8', 'iv', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView']));
  const found = find(algorithm);
  if (found === undefined) {
    throw codes.ERR_CRYPTO_UNKNOWN_CIPHER();
  }
  const { mode, keySize } = found;
  const size = vector === null ? 0 : vector.length;
  if (mode === 'gcm' ? size === 0 : size !== (ivLengths[mode] ?? 0)) {
    throw codes.ERR_CRYPTO_INVALID_IV();
  }
  if (secret.length !== keySize) {
    throw codes.ERR_CRYPTO_INVALID_KEYLEN();
  }
  const tagSize = options?.authTagLength;
  if (mode === 'gcm' && tagSize !== undefined && !goodTagSize(tagSize)) {
    throw codes.ERR_CRYPTO_INVALID_AUTH_TAG(tagSize);
  }
  cipher._decoder = null;
  cipher._options = options;
  cipher[kHandle] = new CipherBase({ decrypt, mode, key: secret, iv: vector ?? nothing, padding: true, extra: [], tag: null, tagSize,
    chain: nothing, begun: false, done: false, held: nothing, size: 0 });
}

// Text in an encoding goes on from call to call: base64 has no padding in between.
function encoded(cipher, bytes, encoding, end) {
  if (encoding === undefined || encoding === null || encoding === 'buffer') {
    return asBuffer(bytes);
  }
  if (normalizeEncoding(encoding) === undefined) {
    throw codes.ERR_UNKNOWN_ENCODING(encoding);
  }
  cipher._decoder ??= new StringDecoder(encoding);
  return end ? cipher._decoder.end(asBuffer(bytes)) : cipher._decoder.write(asBuffer(bytes));
}

const methods = {
  update(data, inputEncoding, outputEncoding) {
    const bytes = chunk(data, inputEncoding);
    const state = stateOf(this);
    if (state.done) {
      throw new Error('Trying to add data in unsupported state');
    }
    state.begun = true;
    return encoded(this, ways[state.mode].update(state, bytes), outputEncoding, false);
  },
  final(encoding) {
    const state = stateOf(this);
    if (state.done) {
      throw codes.ERR_CRYPTO_INVALID_STATE();
    }
    state.done = true;
    return encoded(this, ways[state.mode].final(state), encoding, true);
  },
  setAutoPadding(padding = true) {
    const state = stateOf(this);
    if (state.done) {
      throw codes.ERR_CRYPTO_INVALID_STATE('setAutoPadding');
    }
    state.padding = !!padding;
    return this;
  },
  setAAD(data, options) {
    const bytes = input(data, options?.encoding, 'buffer');
    const state = stateOf(this);
    if (state.mode !== 'gcm' || state.begun || state.done) {
      throw codes.ERR_CRYPTO_INVALID_STATE('setAAD');
    }
    state.extra.push(copyOf(bytes));
    return this;
  },
  _transform(data, encoding, callback) {
    this.push(this.update(data, encoding));
    callback();
  },
  _flush(callback) {
    try {
      this.push(this.final());
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  },
};

export function Cipheriv(algorithm, key, iv, options) {
  if (!(this instanceof Cipheriv)) {
    return new Cipheriv(algorithm, key, iv, options);
  }
  initialise(this, false, algorithm, key, iv, options);
}
lazyTransform(Cipheriv);
addMethods(Cipheriv, {
  ...methods,
  getAuthTag() {
    const { mode, tag } = stateOf(this);
    if (mode !== 'gcm' || tag === null) {
      throw codes.ERR_CRYPTO_INVALID_STATE('getAuthTag');
    }
    return asBuffer(copyOf(tag));
  },
});

export function Decipheriv(algorithm, key, iv, options) {
  if (!(this instanceof Decipheriv)) {
    return new Decipheriv(algorithm, key, iv, options);
  }
  initialise(this, true, algorithm, key, iv, options);
}
lazyTransform(Decipheriv);
addMethods(Decipheriv, {
  ...methods,
  setAuthTag(tag, encoding) {
    const bytes = input(tag, encoding, 'buffer');
    const state = stateOf(this);
    if (state.mode !== 'gcm' || state.tag !== null || state.done) {
      throw codes.ERR_CRYPTO_INVALID_STATE('setAuthTag');
    }
    if (!goodTagSize(bytes.length) || (state.tagSize !== undefined && state.tagSize !== bytes.length)) {
      throw codes.ERR_CRYPTO_INVALID_AUTH_TAG(bytes.length);
    }
    state.tag = copyOf(bytes);
    return this;
  },
});

export const createCipheriv = (algorithm, key, iv, options) => new Cipheriv(algorithm, key, iv, options);
export const createDecipheriv = (algorithm, key, iv, options) => new Decipheriv(algorithm, key, iv, options);
