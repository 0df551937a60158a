const { Readable, Writable } = require('stream');
const zlib = require('zlib');
(async () => {
  const web = Readable.toWeb(Readable.from([Buffer.from('a'), Buffer.from('b')]));
  console.log(web.constructor.name);
  let text = '';
  for await (const chunk of web) { text += Buffer.from(chunk).toString(); }
  console.log(text);
  text = '';
  for await (const chunk of Readable.fromWeb(new Response('from the web').body)) { text += chunk; }
  console.log(text);
  const parts = [];
  const writer = Writable.toWeb(new Writable({ write(chunk, encoding, done) { parts.push(chunk.toString()); done(); } })).getWriter();
  await writer.write(Buffer.from('x'));
  await writer.write(Buffer.from('y'));
  await writer.close();
  console.log(parts);
  const stream = zlib.createBrotliDecompress();
  stream.end(zlib.brotliCompressSync('brotli'));
  text = '';
  for await (const chunk of stream) { text += chunk; }
  console.log(text);
  const gunzip = zlib.createGunzip();
  const packed = zlib.gzipSync('gzip in two parts', { level: 0 });
  gunzip.write(packed.subarray(0, 20));
  setTimeout(() => gunzip.end(packed.subarray(20)), 5);
  text = '';
  for await (const chunk of gunzip) { text += chunk; }
  console.log(text);
})();
