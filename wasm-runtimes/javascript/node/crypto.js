// crypto: the host computes (see host-calls.md), the files of crypto/ give it node's face.
import { bytesOf } from './buffer.js';
import { Cipheriv, createCipheriv, createDecipheriv, Decipheriv, getCipherInfo, getCiphers } from './crypto/cipher.js';
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from './crypto/derive.js';
import { createHash, createHmac, Hash, hash, Hmac } from './crypto/hash.js';
import { createSecretKey, CryptoKey, isCryptoKey, isKeyObject, KeyObject } from './crypto/keys.js';
import { randomBytes, randomFill, randomFillSync, randomInt, randomUUID } from './crypto/random.js';
import { getHashes } from './crypto/shared.js';
import { Crypto, subtle, SubtleCrypto, webcrypto } from './crypto/web.js';
import { codes } from './errors.js';
import { setImmediate } from './loop.js';
import { types } from './types.js';

types.isKeyObject = isKeyObject;
types.isCryptoKey = isCryptoKey;

function timingSafeEqual(a, b) {
  for (const [value, name] of [[a, 'buf1'], [b, 'buf2']]) {
    if (typeof value === 'string' || bytesOf(value) === undefined) {
      const error = codes.ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value);
      error.message = error.message.replace(/ Received .*/s, '');
      throw error;
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

// What needs arithmetic with large numbers.
function unavailable(name) {
  return { [name]() {
    throw Object.assign(new Error(`crypto.${name} is not available in this sandbox`), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
  } }[name];
}
const missing = ['checkPrime', 'checkPrimeSync', 'createDiffieHellman', 'createDiffieHellmanGroup', 'createECDH', 'createPrivateKey',
  'createPublicKey', 'createSign', 'createVerify', 'diffieHellman', 'generatePrime', 'generatePrimeSync', 'generateKeyPair',
  'generateKeyPairSync', 'getDiffieHellman', 'privateDecrypt', 'privateEncrypt', 'publicDecrypt', 'publicEncrypt', 'setEngine', 'sign',
  'verify', 'Certificate', 'DiffieHellman', 'DiffieHellmanGroup', 'ECDH', 'Sign', 'Verify', 'X509Certificate'];

function generateKeySync(type, { length }) {
  if (type !== 'hmac' && type !== 'aes') {
    throw codes.ERR_INVALID_ARG_VALUE('type', type, 'must be a supported key type');
  }
  return createSecretKey(randomBytes(Math.floor(length / 8)));
}

const crypto = {
  createCipheriv, createDecipheriv, createHash, createHmac, createSecretKey, getCiphers, getCipherInfo, getCurves: () => [], getHashes,
  hkdf, hkdfSync, pbkdf2, pbkdf2Sync, generateKeySync,
  generateKey(type, options, callback) {
    const key = generateKeySync(type, options);
    setImmediate(() => callback(null, key));
  },
  randomBytes, randomFill, randomFillSync, randomInt, randomUUID, scrypt, scryptSync, timingSafeEqual,
  getFips: () => 0, setFips() {}, secureHeapUsed: () => ({ total: 0, used: 0, utilization: 0, min: 2 }), hash, Cipheriv, Decipheriv, Hash, Hmac, KeyObject, constants: { RSA_PKCS1_PADDING: 1, RSA_NO_PADDING: 3,
    RSA_PKCS1_OAEP_PADDING: 4, RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1, RSA_PSS_SALTLEN_MAX_SIGN: -2, RSA_PSS_SALTLEN_AUTO: -2 },
  webcrypto, subtle, getRandomValues: (array) => webcrypto.getRandomValues(array),
  ...Object.fromEntries(missing.map((name) => [name, unavailable(name)])),
};
for (const [name, value] of Object.entries({ pseudoRandomBytes: randomBytes, prng: randomBytes, rng: randomBytes, CryptoKey })) {
  Object.defineProperty(crypto, name, { value, writable: true, configurable: true, enumerable: false });
}
export default crypto;
export { Crypto, CryptoKey, SubtleCrypto, webcrypto };
