const c = require('crypto'); const key = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex'), iv = Buffer.alloc(12, 1);
const enc = c.createCipheriv('aes-256-gcm', key, iv); enc.setAAD(Buffer.from('aad')); const ct = Buffer.concat([enc.update('hello', 'utf8'), enc.final()]); const tag = enc.getAuthTag(); console.log(ct, tag);
const dec = c.createDecipheriv('aes-256-gcm', key, iv); dec.setAAD(Buffer.from('aad')); dec.setAuthTag(tag); console.log(dec.update(ct, null, 'utf8') + dec.final('utf8'));
const bad = c.createDecipheriv('aes-256-gcm', key, iv); bad.setAuthTag(Buffer.alloc(16)); bad.update(ct); try { bad.final(); } catch (e) { console.log(e.name, e.message, e.code); }
