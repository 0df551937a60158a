const http = require('http');
const { Duplex } = require('stream');
const answers = {
  'length': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
  'until close': 'HTTP/1.1 200 OK\r\n\r\nuntil close',
  'version 1.0': 'HTTP/1.0 200 OK\r\n\r\nold',
  'no reason': 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi',
  'chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n2;x=y\r\nhi\r\n1\r\n!\r\n0\r\nT: v\r\n\r\n',
  'informational': 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
  'no body': 'HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n',
  'twice': 'HTTP/1.1 200 OK\r\nX: a\r\nX: b\r\nContent-Type: a\r\nContent-Type: b\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\nhi',
  'latin 1': 'HTTP/1.1 200 \xe9t\xe9\r\nX: \xe9\r\nContent-Length: 2\r\n\r\nhi',
  'another answer behind': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi',
  'the same length twice': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi',
  'length and chunks': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
  'chunks and length': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
  'no number': 'HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\nhi',
  'negative': 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi',
  'too large a number': 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhi',
  'space before the colon': 'HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 2\r\n\r\nhi',
  'line feeds': 'HTTP/1.1 200 OK\nContent-Length: 2\n\nhi',
  'line feed in a header': 'HTTP/1.1 200 OK\r\nX: y\nContent-Length: 2\r\n\r\nhi',
  'carriage return in a header': 'HTTP/1.1 200 OK\r\nX: y\rz\r\nContent-Length: 2\r\n\r\nhi',
  'NUL in a header': 'HTTP/1.1 200 OK\r\nX: y\0z\r\nContent-Length: 2\r\n\r\nhi',
  'long headers': `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(20000)}\r\nContent-Length: 2\r\n\r\nhi`,
  'another protocol': 'SSH-2.0-x\r\n',
  'short status': 'HTTP/1.1 20 OK\r\n\r\n',
  'long status': 'HTTP/1.1 2000 OK\r\n\r\n',
  'no chunk size': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2g\r\nhi\r\n0\r\n\r\n',
  'more than the chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhiX\r\n0\r\n\r\n',
  'half a chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi',
  'a huge chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhi',
  'half a header': 'HTTP/1.1 200 OK\r\nConte',
  'nothing': '',
};
const read = (answer) => new Promise((done) => {
  const log = [];
  const connection = new Duplex({ read() {}, write(chunk, encoding, callback) { callback(); } });
  http.get({ host: 'h', createConnection: () => connection }, (response) => {
    log.push(response.statusCode, JSON.stringify(response.statusMessage), JSON.stringify(response.headers));
    let text = '';
    response.on('data', (chunk) => { text += chunk; });
    response.on('end', () => log.push(JSON.stringify(text), JSON.stringify(response.trailers), response.complete));
    response.on('error', (error) => log.push('then', error.code, JSON.stringify(text)));
  }).on('error', (error) => log.push(error.code)).on('information', (each) => log.push(each.statusCode));
  connection.on('close', () => setTimeout(() => done(log.join(' ')), 5));
  setImmediate(() => {
    connection.push(Buffer.from(answer, 'latin1'));
    connection.push(null);
  });
});
(async () => {
  for (const [name, answer] of Object.entries(answers)) {
    console.log(name, await read(answer));
  }
})();
