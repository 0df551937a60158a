// Web Crypto with secret keys.
const { subtle } = globalThis.crypto;
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const attempt = async (name, run) => {
  try {
    console.log(name, await run());
  } catch (error) {
    console.log(name, error.name, error.message);
  }
};
const bytes = (size, value = 7) => new Uint8Array(size).fill(value);
(async () => {
  for (const name of ['SHA-1', 'sha-256', 'SHA-384', 'SHA-512', 'MD5']) {
    await attempt(name, async () => hex(await subtle.digest(name, Buffer.from('abc'))));
  }
  await attempt('digest of text', () => subtle.digest('SHA-256', 'a'));
  const sign = await subtle.importKey('raw', bytes(16), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  console.log(sign);
  const signature = await subtle.sign('HMAC', sign, Buffer.from('text'));
  console.log(hex(signature), await subtle.verify('HMAC', sign, signature, Buffer.from('text')), await subtle.verify('HMAC', sign, signature, Buffer.from('texT')));
  for (const [name, parameters] of [['AES-CBC', { iv: bytes(16) }], ['AES-GCM', { iv: bytes(12), additionalData: bytes(3) }],
    ['AES-GCM', { iv: bytes(16), tagLength: 96 }], ['AES-CTR', { counter: bytes(16), length: 64 }]]) {
    for (const size of [16, 32]) {
      const key = await subtle.importKey('raw', bytes(size, 9), name, true, ['encrypt', 'decrypt']);
      const encrypted = await subtle.encrypt({ name, ...parameters }, key, Buffer.from('some text'));
      console.log(name, size, hex(encrypted), Buffer.from(await subtle.decrypt({ name, ...parameters }, key, encrypted)).toString());
    }
  }
  const password = await subtle.importKey('raw', Buffer.from('password'), 'PBKDF2', false, ['deriveBits', 'deriveKey']);
  const from = { name: 'PBKDF2', hash: 'SHA-256', salt: bytes(8), iterations: 1000 };
  console.log(hex(await subtle.deriveBits(from, password, 256)));
  const derived = await subtle.deriveKey(from, password, { name: 'AES-GCM', length: 256 }, true, ['encrypt']);
  console.log(derived, await subtle.exportKey('jwk', derived));
  const base = await subtle.importKey('raw', bytes(20), 'HKDF', false, ['deriveBits']);
  console.log(hex(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-512', salt: bytes(4), info: bytes(0) }, base, 128)));
  const jwk = await subtle.importKey('jwk', { kty: 'oct', k: 'AAAA', alg: 'HS256' }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  console.log(await subtle.exportKey('jwk', jwk), hex(await subtle.exportKey('raw', jwk)));
  console.log(await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt']));
  const aes = await subtle.importKey('raw', bytes(16), 'AES-GCM', true, ['decrypt']);
  await attempt('usage', () => subtle.encrypt({ name: 'AES-GCM', iv: bytes(12) }, aes, bytes(1)));
  await attempt('other algorithm', () => subtle.decrypt({ name: 'AES-CBC', iv: bytes(16) }, aes, bytes(16)));
  await attempt('damaged', () => subtle.decrypt({ name: 'AES-GCM', iv: bytes(12) }, aes, bytes(20)));
  await attempt('key length', () => subtle.importKey('raw', bytes(15), 'AES-GCM', true, ['encrypt']));
  await attempt('no hash', () => subtle.importKey('raw', bytes(16), 'HMAC', false, ['sign']));
  await attempt('no usage', () => subtle.importKey('raw', bytes(16), 'AES-CBC', false, []));
  await attempt('wrong usage', () => subtle.importKey('raw', bytes(16), 'AES-CBC', false, ['sign']));
  await attempt('not extractable', () => subtle.exportKey('raw', sign));
  await attempt('unknown', () => subtle.generateKey({ name: 'X' }, true, ['sign']));
  await attempt('floats', () => crypto.getRandomValues(new Float32Array(1)));
  await attempt('too many', () => crypto.getRandomValues(new Uint8Array(65537)));
  console.log(crypto.getRandomValues(new Uint32Array(8)).some((each) => each > 65535), crypto.randomUUID().length);
})();
