const { StringDecoder } = require('string_decoder'); const d = new StringDecoder('utf8');
console.log([d.write(Buffer.from([0xe2, 0x82])), d.write(Buffer.from([0xac])), d.write(Buffer.from([0xe2])), d.end(), d.end()]);
const b64 = new StringDecoder('base64'), u16 = new StringDecoder('utf16le'); console.log([b64.write(Buffer.from('a')), b64.write(Buffer.from('bcd')), b64.end(), u16.write(Buffer.from([0x3d, 0xd8, 0x4d])), u16.end(Buffer.from([0xdc])), new StringDecoder().encoding]);
try { new StringDecoder('nope'); } catch (e) { console.log(e.code, e.message); }
