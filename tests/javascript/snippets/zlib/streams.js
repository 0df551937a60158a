const z = require('zlib'); const { Readable } = require('stream'); const { pipeline } = require('stream/promises');
(async () => { const parts = []; await pipeline(Readable.from([Buffer.from('stream '), Buffer.from('data')]), z.createGzip(), z.createGunzip(), async function (source) { for await (const c of source) parts.push(c); }); console.log(Buffer.concat(parts).toString()); })();
