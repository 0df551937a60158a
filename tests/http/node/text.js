// TextDecoder in the encodings that people meet.
const samples = { 'gbk': 'c4e3bac3cac0bde7a1a3', 'GB2312': 'c4e3bac3', 'gb18030': 'c4e38130813094398130', 'big5': 'a741a66ea940acc9',
  'shift_jis': '82b182f182c982bf82cd90a28a45', 'sjis': 'b1b2b3', 'euc-jp': 'a4b3a4f3', 'iso-2022-jp': '1b2442243324731b2842414243',
  'euc-kr': 'bec8b3e7', 'windows-1251': 'eff0e8e2e5f2', 'koi8-r': 'd0d2c9d7c5d4', 'windows-1250': '9a9e8a8e', 'windows-1253': 'e1e2e3',
  'windows-1254': 'f0fdfe', 'windows-1255': 'f9ece5ed', 'windows-1256': 'e3d1cdc8c7', 'windows-1257': 'e0e8f0', 'windows-1258': 'f0fe',
  'iso-8859-2': 'b1e6ea', 'iso-8859-5': 'd0d1d2', 'iso-8859-7': 'e1e2', 'iso-8859-15': 'a4a6bd', 'macintosh': '808182', 'ibm866': '808182',
  'windows-874': 'a1a2a3', 'latin1': '80e9ff', 'ascii': '616263', 'utf-16le': '604f7d59', 'utf-16be': '4f60597d', 'x-mac-cyrillic': '808182' };
for (const [label, hex] of Object.entries(samples)) {
  const bytes = Buffer.from(hex, 'hex');
  const decoder = new TextDecoder(label);
  let parts = '';
  for (const byte of bytes) {
    parts += decoder.decode(Uint8Array.of(byte), { stream: true });
  }
  parts += decoder.decode();
  console.log(label, decoder.encoding, decoder.decode(bytes), parts === decoder.decode(bytes), new TextDecoder(label, { fatal: true }).decode(bytes));
}
for (const label of ['nope', '', 'utf-7', 'utf-32', 'iso-8859-16', 'x-user-defined', 'replacement', 'hz-gb-2312', ' UTF-8 ', 'GBK', 'chinese', 'l1']) {
  try {
    console.log(JSON.stringify(label), new TextDecoder(label).encoding);
  } catch (error) {
    console.log(JSON.stringify(label), error.name, error.code, error.message);
  }
}
const wrong = { 'gbk': '4181', 'utf-8': 'c3', 'euc-kr': 'ffff', 'utf-16le': '00d84100', 'big5': 'a1', 'shift_jis': '81', 'gb18030': '8130' };
for (const [label, hex] of Object.entries(wrong)) {
  try {
    console.log(label, new TextDecoder(label, { fatal: true }).decode(Buffer.from(hex, 'hex')));
  } catch (error) {
    console.log(label, error.name, error.code, error.message);
  }
}
for (const ignoreBOM of [true, false]) {
  console.log(['utf-8', 'utf-16le', 'utf-16be'].map((label) =>
    JSON.stringify(new TextDecoder(label, { ignoreBOM }).decode(Buffer.from({ 'utf-8': 'efbbbf41', 'utf-16le': 'fffe4100', 'utf-16be': 'feff0041' }[label], 'hex')))));
}
const large = Buffer.alloc(400002, 'c4e3bac3', 'hex');
console.log(new TextDecoder('gbk').decode(large).length, new TextDecoder('gbk'));
const cut = new TextDecoder('gbk', { fatal: true });
console.log(JSON.stringify(cut.decode(Uint8Array.of(0xc4), { stream: true })), cut.decode(Uint8Array.of(0xe3)));
for (const text of ['plain', 'é你😀', '\ud83d', 'a\udc00', '\ud800\ud800\udc00']) {
  console.log(Buffer.from(new TextEncoder().encode(text)).toString('hex'), Buffer.from(text).length, Buffer.byteLength(text));
}
