const http = require('http');
const request = http.request({ host: 'example.test', port: 8080, path: '/p?q', method: 'post', auth: 'u:p', headers: { 'X-One': 1, accept: ['a', 'b'] } });
request.on('error', () => {});
console.log(request.method, request.path, request.host, request.protocol, request.getHeaderNames(), request.getRawHeaderNames());
console.log(request.getHeader('X-ONE'), request.hasHeader('host'), request.getHeader('Host'), request.getHeader('authorization'));
request.setHeader('X-Two', 'two');
request.appendHeader('x-two', 'three');
request.removeHeader('accept');
console.log({ ...request.getHeaders() }, request.headersSent, request.writableEnded);
for (const [name, value] of [['bad name', 'x'], ['good', 'bad\nvalue'], ['good', undefined]]) {
  try { request.setHeader(name, value); } catch (error) { console.log(error.code, error.message); }
}
request.flushHeaders();
console.log(request.headersSent);
try { request.setHeader('late', 'x'); } catch (error) { console.log(error.code, error.message); }
try { request.removeHeader('late'); } catch (error) { console.log(error.code, error.message); }
request.destroy();
console.log(request.destroyed);
