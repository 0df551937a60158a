const z = require('zlib'); const text = 'compress me '.repeat(50);
for (const [c, d] of [['gzipSync', 'gunzipSync'], ['deflateSync', 'inflateSync'], ['deflateRawSync', 'inflateRawSync'], ['gzipSync', 'unzipSync']]) { const packed = z[c](text); console.log(c, packed.length < 60, z[d](packed).toString() === text); }
console.log(z.gunzipSync(Buffer.from('H4sIAAAAAAAAA8tIzcnJVyjPL8pJAQCFEUoNCwAAAA==', 'base64')).toString());
