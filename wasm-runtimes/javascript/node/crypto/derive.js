// Keys from passwords and other keys: PBKDF2, scrypt, HKDF.
import { codes, validate } from '../errors.js';
import { call, concat, counted, u32 } from '../host.js';
import { hmac } from './hash.js';
import { keyBytes } from './keys.js';
import { digestOf, input, later, nothing, output } from './shared.js';

const PBKDF2 = 3;
const SCRYPT = 4;
const MOST = 2 ** 31 - 1;
const textOrBytes = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];

function pbkdf2Request(password, salt, iterations, length, digest) {
  validate.string(digest, 'digest');
  const secret = keyBytes(password, 'utf8', 'password', textOrBytes);
  const grain = input(salt, 'utf8', 'salt', textOrBytes);
  validate.integer(iterations, 'iterations', 1, MOST);
  validate.integer(length, 'keylen', 0, MOST);
  return [Uint8Array.of(digestOf(digest)[0]), u32(iterations), u32(length), ...counted(secret), grain];
}

export function pbkdf2Sync(password, salt, iterations, length, digest) {
  return output(call(PBKDF2, pbkdf2Request(password, salt, iterations, length, digest)));
}

export function pbkdf2(password, salt, iterations, length, digest, callback) {
  if (typeof digest === 'function') {
    callback = digest;
    digest = undefined;
  }
  const request = pbkdf2Request(password, salt, iterations, length, digest);
  validate.function(callback, 'callback');
  later(callback, () => output(call(PBKDF2, request)));
}

const scryptOptions = [['N', 'cost', 16384], ['r', 'blockSize', 8], ['p', 'parallelization', 1]];

function scryptRequest(password, salt, length, options = {}) {
  const secret = keyBytes(password, 'utf8', 'password', textOrBytes);
  const grain = input(salt, 'utf8', 'salt', textOrBytes);
  validate.integer(length, 'keylen', 0, MOST);
  const [cost, block, lanes] = scryptOptions.map(([short, long, usual]) => {
    if (options?.[short] !== undefined && options[long] !== undefined) {
      throw codes.ERR_CRYPTO_SCRYPT_INVALID_PARAMETER();
    }
    const value = options?.[short] ?? options?.[long];
    if (value !== undefined) {
      validate.integer(value, options[short] !== undefined ? short : long, 0, 2 ** 32 - 1);
    }
    return value || usual;
  });
  const most = options?.maxmem ?? 32 * 1024 * 1024;
  if (cost !== 1 && !Number.isInteger(Math.log2(cost))) {
    throw codes.ERR_CRYPTO_INVALID_SCRYPT_PARAMS('');
  }
  // OpenSSL counts the table, the lanes and a few rows.
  if (cost === 1 || 128 * block * (cost + lanes + 2) > most) {
    throw codes.ERR_CRYPTO_INVALID_SCRYPT_PARAMS(': error:030000AC:digital envelope routines::memory limit exceeded');
  }
  return [u32(cost), u32(block), u32(lanes), u32(length), ...counted(secret), grain];
}

export function scryptSync(password, salt, length, options) {
  return output(call(SCRYPT, scryptRequest(password, salt, length, options)));
}

export function scrypt(password, salt, length, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  const request = scryptRequest(password, salt, length, options);
  validate.function(callback, 'callback');
  later(callback, () => output(call(SCRYPT, request)));
}

// RFC 5869.
function expand(digest, key, salt, info, length) {
  const hash = digestOf(digest);
  const secret = keyBytes(key, 'utf8', 'ikm', [...textOrBytes, 'KeyObject', 'CryptoKey']);
  const grain = input(salt, 'utf8', 'salt', textOrBytes);
  const context = input(info, 'utf8', 'info', textOrBytes);
  validate.integer(length, 'length', 0, MOST);
  if (context.length > 1024) {
    throw codes.ERR_OUT_OF_RANGE('info', 'must not contain more than 1024 bytes', context.length);
  }
  const size = hash[2];
  if (length > 255 * size) {
    throw codes.ERR_CRYPTO_INVALID_KEYLEN();
  }
  const extracted = hmac(hash, grain, secret);
  const blocks = [];
  for (let i = 1; blocks.length * size < length; i++) {
    blocks.push(hmac(hash, extracted, blocks.at(-1) ?? nothing, context, Uint8Array.of(i)));
  }
  return concat(blocks).slice(0, length).buffer;
}

export function hkdfSync(digest, key, salt, info, length) {
  return expand(digest, key, salt, info, length);
}

export function hkdf(digest, key, salt, info, length, callback) {
  validate.function(callback, 'callback');
  const result = expand(digest, key, salt, info, length);
  later(callback, () => result);
}
