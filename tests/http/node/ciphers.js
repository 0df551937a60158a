// AES: modes, key sizes, parts, encodings, padding, GCM's tags; and what goes wrong.
const crypto = require('crypto');

const attempt = (name, run) => {
  try {
    console.log(name, run());
  } catch (error) {
    console.log(name, error.name, error.code, error.message, error.reason);
  }
};
const text = 'Attack at dawn — 黎明时进攻! '.repeat(9);
const iv = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
for (const bits of [128, 192, 256]) {
  const key = Buffer.alloc(bits / 8, 'key material');
  for (const mode of ['cbc', 'ctr', 'gcm', 'ecb']) {
    const name = `aes-${bits}-${mode}`;
    const vector = mode === 'ecb' ? null : iv;
    const whole = crypto.createCipheriv(name, key, vector);
    let encrypted = whole.update(text, 'utf8', 'base64') + whole.final('base64');
    console.log(name, encrypted.length, encrypted.slice(0, 60), mode === 'gcm' ? whole.getAuthTag().toString('hex') : '');
    const parts = crypto.createCipheriv(name.toUpperCase(), key, vector);
    let joined = '';
    for (let at = 0, step = 1; at < text.length; at += step, step = step * 3 % 37) {
      joined += parts.update(text.slice(at, at + step), 'utf8', 'hex');
    }
    joined += parts.final('hex');
    console.log(Buffer.from(joined, 'hex').equals(Buffer.from(encrypted, 'base64')));
    const back = crypto.createDecipheriv(name, key, vector);
    if (mode === 'gcm') {
      back.setAuthTag(parts.getAuthTag());
    }
    let plain = '';
    for (const byte of Buffer.from(encrypted, 'base64')) {
      plain += back.update(Uint8Array.of(byte), undefined, 'utf8');
    }
    console.log(plain + back.final('utf8') === text);
  }
}

const key = Buffer.alloc(32, 1);
const make = (name = 'aes-256-gcm', vector = iv, options = undefined) => crypto.createCipheriv(name, key, vector, options);
const unmake = (name = 'aes-256-gcm', vector = iv, options = undefined) => crypto.createDecipheriv(name, key, vector, options);
for (const length of [1, 8, 12, 16, 60]) {
  const cipher = make('aes-256-gcm', Buffer.alloc(length, 3)).setAAD(Buffer.from('header')).setAAD(Buffer.from(' more'));
  console.log(length, cipher.update('text', 'utf8', 'hex') + cipher.final('hex'), cipher.getAuthTag().toString('hex'));
}
attempt('short tag', () => { const c = make(undefined, iv, { authTagLength: 12 }); c.final(); return c.getAuthTag().toString('hex'); });
attempt('tag of 5', () => make(undefined, iv, { authTagLength: 5 }));
attempt('tag too early', () => make().getAuthTag());
attempt('tag of another mode', () => { const c = make('aes-256-cbc'); c.final(); return c.getAuthTag(); });
attempt('wrong tag', () => { const d = unmake().setAuthTag(Buffer.alloc(16)); d.update('aa', 'hex'); return d.final(); });
attempt('no tag', () => { const d = unmake(); d.update('aa', 'hex'); return d.final(); });
attempt('tag of 3', () => unmake().setAuthTag(Buffer.alloc(3)));
attempt('two tags', () => unmake().setAuthTag(Buffer.alloc(16)).setAuthTag(Buffer.alloc(16)));
attempt('AAD for CBC', () => make('aes-256-cbc').setAAD(Buffer.from('a')));
attempt('AAD too late', () => { const c = make(); c.update('x'); c.setAAD(Buffer.from('a')); });
attempt('wrong padding', () => { const d = unmake('aes-256-cbc'); d.update(Buffer.alloc(16)); return d.final(); });
attempt('no whole block', () => { const d = unmake('aes-256-cbc'); d.update(Buffer.alloc(15)); return d.final(); });
attempt('nothing', () => unmake('aes-256-cbc').final());
attempt('no padding, in vain', () => { const c = make('aes-256-cbc').setAutoPadding(false); c.update(Buffer.alloc(15)); return c.final(); });
attempt('no padding', () => { const c = make('aes-256-cbc').setAutoPadding(false); return c.update(Buffer.alloc(32)).toString('hex') + c.final('hex'); });
attempt('padding shown', () => { const d = unmake('aes-256-cbc').setAutoPadding(false); const c = make('aes-256-cbc');
  return d.update(Buffer.concat([c.update('abc'), c.final()]), undefined, 'hex') + d.final('hex'); });
attempt('unknown', () => make('nope'));
attempt('key length', () => crypto.createCipheriv('aes-128-cbc', key, iv));
attempt('IV length', () => make('aes-256-cbc', Buffer.alloc(12)));
attempt('IV for ECB', () => make('aes-256-ecb'));
attempt('no IV', () => make('aes-256-cbc', null));
attempt('update after final', () => { const c = make('aes-256-cbc'); c.final(); return c.update('x'); });
attempt('final twice', () => { const c = make('aes-256-cbc'); c.final(); return c.final(); });
attempt('a number', () => make('aes-256-cbc').update(1));
attempt('aes256', () => { const c = make('aes256'); return c.update('x', 'utf8', 'hex') + c.final('hex'); });
console.log(make('aes-256-cbc'));
console.log(crypto.getCipherInfo('aes-256-gcm'), crypto.getCipherInfo('aes-128-ecb'), crypto.getCipherInfo('x'));
const secret = crypto.createSecretKey('00112233445566778899aabbccddeeff', 'hex');
console.log(secret, secret.type, secret.symmetricKeySize, secret.export({ format: 'jwk' }), secret.equals(crypto.createSecretKey(secret.export())));
console.log(crypto.createCipheriv('aes-128-ecb', secret, null).final('hex'), crypto.createHmac('md5', secret).digest('hex'));

// 5 MB, and as a stream.
const large = Buffer.alloc(5e6, 'large ');
const cipher = make('aes-256-ctr');
const encrypted = [large.subarray(0, 3333333), large.subarray(3333333)].map((part) => cipher.update(part));
console.log(crypto.createHash('md5').update(Buffer.concat(encrypted)).digest('hex'));
const stream = make('aes-256-cbc');
const parts = [];
stream.on('data', (part) => parts.push(part)).on('end', () => console.log(Buffer.concat(parts).toString('hex')));
stream.write('some ');
stream.end('text');
unmake('aes-256-cbc').on('error', (error) => console.log('stream', error.code)).end('bad');
