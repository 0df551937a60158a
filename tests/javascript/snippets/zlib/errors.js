const z = require('zlib');
for (const f of [() => z.gunzipSync(Buffer.from('not gzip')), () => z.inflateSync(Buffer.from([0x78, 0x9c, 1])), () => z.inflateRawSync(Buffer.from([255, 255])), () => z.gunzipSync(z.gzipSync('abc').subarray(0, 10)), () => z.gzipSync(5), () => z.inflateSync(z.deflateSync('x'.repeat(5000)), { maxOutputLength: 10 })]) try { console.log(f().toString()); } catch (e) { console.log(e.name, e.code, e.errno, e.message); }
z.gunzip(Buffer.from('bad'), (e) => console.log('callback', e.code, e.message));
