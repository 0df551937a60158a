const z = require('zlib'); const { promisify } = require('util');
z.gzip('data', (e, b) => { console.log(e, b[0], b[1]); z.gunzip(b, (e2, r) => console.log(e2, r.toString())); });
(async () => { const d = await promisify(z.deflate)('promised'); console.log((await promisify(z.inflate)(d)).toString(), (await promisify(z.unzip)(d)).toString()); })();
