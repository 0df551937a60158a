const http = require('http');
const attempts = {
  'header value': () => http.request('http://localhost:1', { headers: { a: 'x\r\ny: z' } }),
  'header name': () => http.request('http://localhost:1', { headers: { 'a b': 'x' } }),
  'header undefined': () => http.request('http://localhost:1', { headers: { a: undefined } }),
  'header in array': () => http.request('http://localhost:1', { headers: { a: ['x', 'y\n'] } }),
  'host header': () => http.request('http://localhost:1', { headers: { host: 'a\nb' } }),
  'path with space': () => http.request('http://localhost:1', { path: '/a b' }),
  'path with line end': () => http.request('http://localhost:1', { path: '/a\r\nb' }),
  'method': () => http.request('http://localhost:1', { method: 'GET /x' }),
  'method number': () => http.request('http://localhost:1', { method: 5 }),
  'protocol': () => http.request('https://localhost/'),
  'url': () => http.get('nope'),
  'agent': () => http.request('http://localhost:1', { agent: 3 }),
  'host': () => http.request({ host: 5 }),
  'port': () => http.request({ port: 99999 }),
};
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    const request = attempt();
    request.on('error', () => {});
    request.destroy();
    console.log(name, 'taken');
  } catch (error) {
    console.log(name, error.name, error.code, error.message);
  }
}
