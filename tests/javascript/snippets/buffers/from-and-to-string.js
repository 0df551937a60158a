for (const enc of ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii', 'utf16le', 'ucs2']) {
  const b = Buffer.from('héllo wörld €', 'utf8'); const s = b.toString(enc); console.log(enc, s, Buffer.from(s, enc));
}
console.log(Buffer.from('ff0gzz', 'hex'), Buffer.from('YWJj-_8', 'base64'), Buffer.from('abc').toString('utf8', 1, 2), Buffer.from([256, -1, 1.9, '7', NaN]), Buffer.from(new Uint16Array([1, 258])), Buffer.from(new Uint16Array([1, 258]).buffer), Buffer.from({ type: 'Buffer', data: [1, 2] }), Buffer.from(new String('boxed')));
