// fetch, over node's own HTTP client, with the errors of undici, which is node's fetch.
import { Buffer } from './buffer.js';
import { bytesKnown } from './fetch_body.js';
import { networkResponse, Request } from './fetch_types.js';
import { http, https } from './http/modules.js';
import { fromInside } from './errors.js';
import { clearTimeout, setTimeout } from './loop.js';
import { MIMEType } from './mime.js';
import { pipeline } from './stream.js';
import { URL } from './url.js';
import { headerLines, Headers } from './web.js';
import { ReadableStream } from './web_streams.js';
import zlib from './zlib.js';

const MOST_REDIRECTS = 20;
const CONNECT_TIMEOUT = 10_000;
const redirectCodes = [301, 302, 303, 307, 308];
const nullBody = [204, 205, 304];
// Those that the Fetch Standard calls bad.
const badPorts = new Set([1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111,
  113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587,
  601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080]);
const agents = {
  'http:': [http, new http.Agent({ keepAlive: true, timeout: 4000 })],
  'https:': [https, new https.Agent({ keepAlive: true, timeout: 4000, ALPNProtocols: ['http/1.1'] })],
};

const failed = (cause) => fromInside(new TypeError('fetch failed', cause === undefined ? undefined : { cause: fromInside(cause, 'fetch') }), 'fetch');

function named(name, code, message) {
  const error = Object.assign(new Error(message), { code });
  Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true });
  error.stack = error.stack.replace(/^Error/, name);
  return fromInside(error, 'fetch');
}


// The client's errors as undici names them.
function cause(error, request) {
  if (error.code === 'ECONNRESET' && /^(socket hang up|aborted)$/.test(error.message)) {
    const { localAddress, localPort, remoteAddress, remotePort, remoteFamily, bytesWritten, bytesRead } = request.socket ?? {};
    return Object.assign(named('SocketError', 'UND_ERR_SOCKET', 'other side closed'),
      { socket: { localAddress, localPort, remoteAddress, remotePort, remoteFamily, timeout: undefined, bytesWritten, bytesRead } });
  }
  if (error.code?.startsWith?.('HPE_HEADER_OVERFLOW')) {
    return named('HeadersOverflowError', 'UND_ERR_HEADERS_OVERFLOW', 'Headers Overflow Error');
  }
  if (error.code?.startsWith?.('HPE_')) {
    return Object.assign(named('HTTPParserError', error.code, `Response does not match the HTTP/1.1 protocol (${error.reason})`), { data: undefined });
  }
  return error;
}

function dataResponse(url) {
  const [, head, body] = /^data:([^,]*),([^#]*)/s.exec(url.href) ?? [];
  if (head === undefined) {
    throw failed(new Error('failed to fetch the data URL'));
  }
  const encoded = /;[ ]*base64[ ]*$/i.test(head);
  let bytes = Buffer.from(body.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1');
  if (encoded) {
    const text = bytes.toString('latin1').replace(/[\t\n\f\r ]/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
      throw failed(new Error('failed to fetch the data URL'));
    }
    bytes = Buffer.from(text, 'base64');
  }
  let type = head.replace(/;[ ]*base64[ ]*$/i, '').trim();
  type = type.startsWith(';') ? `text/plain${type}` : type;
  try {
    type = new MIMEType(type).toString();
  } catch {
    type = 'text/plain;charset=US-ASCII';
  }
  return networkResponse(bytes, { status: 200, statusText: 'OK', type: 'basic', url: url.href, redirected: false, headers: [['Content-Type', type]] });
}

// The streams that undo a response's content codings, the last first; none where one is unknown.
function decoders(headers) {
  const codings = (headers.get('content-encoding') ?? '').toLowerCase().split(',').map((each) => each.trim()).filter((each) => each !== '');
  const lenient = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH };
  const streams = [];
  for (const coding of codings.reverse()) {
    if (coding === 'gzip' || coding === 'x-gzip') {
      streams.push(zlib.createGunzip(lenient));
    } else if (coding === 'deflate') {
      streams.push(zlib.createInflate(lenient));
    } else if (coding === 'br') {
      streams.push(zlib.createBrotliDecompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH, finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH }));
    } else {
      return [];
    }
  }
  return streams;
}

// A message as a stream of the web's. `state.broke`, once set, is why its connection did: the message
// itself says only that it was aborted.
function bodyStream(message, chain, request, state) {
  const source = chain.length === 0 ? message : pipeline(message, ...chain, () => {});
  const chunks = source[Symbol.asyncIterator]();
  let ended = false;
  const stream = new ReadableStream({
    type: 'bytes',
    start(controller) {
      state.fail = (reason) => {
        if (!ended) {
          ended = true;
          controller.error(reason);
        }
      };
    },
    async pull(controller) {
      try {
        const { value, done } = await chunks.next();
        if (ended) {
          return;
        }
        if (done) {
          ended = true;
          state.over();
          controller.close();
          controller.byobRequest?.respond(0);
        } else if (value.length > 0) {
          controller.enqueue(new Uint8Array(value));
        }
      } catch (error) {
        state.over();
        state.fail(fromInside(new TypeError('terminated', { cause: cause(state.broke ?? error, request) }), 'fetch'));
      }
    },
    async cancel() {
      ended = true;
      state.over();
      request.destroy();
    },
  }, { highWaterMark: 0 });
  return stream;
}

// Sends the chunks of a body's stream.
async function sendStream(stream, request) {
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError('Received non-Uint8Array chunk');
    }
    if (request.destroyed) {
      return;
    }
    if (!request.write(chunk)) {
      await new Promise((resolve) => {
        request.once('drain', resolve);
        request.once('close', resolve);
      });
    }
  }
  request.end();
}

// What fetch decides alone.
const own = ['host', 'connection', 'transfer-encoding', 'keep-alive', 'upgrade', 'content-length'];

// What is sent beside the program's own headers.
function headersFor({ headers, method, body, url }) {
  const lines = headerLines(headers);
  const add = (name, value) => {
    if (!headers.has(name)) {
      lines.push([name, value]);
    }
  };
  add('accept', '*/*');
  add('accept-language', '*');
  add('sec-fetch-mode', 'cors');
  add('user-agent', 'node');
  add('accept-encoding', url.protocol === 'https:' ? 'br, gzip, deflate' : 'gzip, deflate');
  const kept = lines.filter(([name]) => !own.includes(name.toLowerCase()));
  if (body.bytes !== null) {
    kept.push(['content-length', `${body.bytes.length}`]);
  } else if (body.stream !== null) {
    kept.push(['transfer-encoding', 'chunked']);
  } else if (['POST', 'PUT', 'PATCH'].includes(method)) {
    kept.push(['content-length', '0']);
  }
  return [['host', url.host], ['connection', 'keep-alive'], ...kept];
}

// One request and the head of its response: resolves with [message, request].
function exchange(what, state, again = false) {
  const { url, method, body } = what;
  const [module, agent] = agents[url.protocol];
  return new Promise((resolve, reject) => {
    const request = module.request({
      agent, method, hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || undefined, path: `${url.pathname}${url.search}`,
      headers: headersFor(what), setHost: false,
    });
    state.request = request;
    request._freesEarly = true;
    let timer;
    request.on('socket', (socket) => {
      if (socket.connecting) {
        timer = setTimeout(() => request.destroy(named('ConnectTimeoutError', 'UND_ERR_CONNECT_TIMEOUT',
          `Connect Timeout Error (attempted address: ${url.host}, timeout: ${CONNECT_TIMEOUT}ms)`)), CONNECT_TIMEOUT).unref();
        socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
      }
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      state.broke ??= error;
      // A kept connection may have been closed in this very moment.
      const stale = request.reusedSocket && request.res === null && error.code === 'ECONNRESET' && !again && state.reason === undefined;
      if (stale && body.stream === null && ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(method)) {
        resolve(exchange(what, state, true));
        return;
      }
      reject(state.reason ?? failed(state.bodyError ?? cause(error, request)));
    });
    request.on('response', (message) => resolve([message, request]));
    request.on('upgrade', (message, socket) => {
      socket.destroy();
      reject(failed(named('SocketError', 'UND_ERR_SOCKET', 'bad upgrade')));
    });
    if (body.bytes !== null) {
      request.end(body.bytes);
    } else if (body.stream !== null) {
      sendStream(body.stream, request).catch((error) => {
        state.bodyError = error;
        request.destroy(error);
      });
    } else {
      request.end();
    }
  });
}

// What the next request is after a redirection; throws where it cannot be followed.
function redirected(what, status, location) {
  let url;
  try {
    url = new URL(location, what.url);
  } catch (error) {
    throw failed(error);
  }
  if (url.hash === '') {
    url.hash = what.url.hash;
  }
  if (!(url.protocol in agents)) {
    throw failed(new Error('URL scheme must be a HTTP(S) scheme'));
  }
  const sameOrigin = url.origin === what.url.origin;
  if (!sameOrigin && (url.username !== '' || url.password !== '')) {
    throw failed(new Error('cross origin not allowed for request mode "cors"'));
  }
  if (status !== 303 && what.body.stream !== null && what.body.bytes === null) {
    throw failed();
  }
  const headers = new Headers(headerLines(what.headers));
  let { method, body } = what;
  if (((status === 301 || status === 302) && method === 'POST') || (status === 303 && method !== 'GET' && method !== 'HEAD')) {
    method = 'GET';
    body = { bytes: null, stream: null };
    for (const name of ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']) {
      headers.delete(name);
    }
  }
  if (!sameOrigin) {
    for (const name of ['authorization', 'proxy-authorization', 'cookie', 'host']) {
      headers.delete(name);
    }
  }
  return { url, method, headers, body };
}

async function overNetwork(request, state) {
  const bytes = bytesKnown(request);
  let what = { url: new URL(request.url), method: request.method, headers: request.headers,
    body: { bytes, stream: bytes === null ? request.body : null } };
  if (request.headers.has('expect')) {
    throw failed(named('NotSupportedError', 'UND_ERR_NOT_SUPPORTED', 'expect header not supported'));
  }
  for (let count = 0; ; count++) {
    if (badPorts.has(Number(what.url.port))) {
      throw failed(new Error('bad port'));
    }
    const [message, sent] = await exchange(what, state);
    const status = message.statusCode;
    const location = message.headers.location;
    if (redirectCodes.includes(status) && request.redirect === 'error') {
      sent.destroy();
      throw failed(new Error('unexpected redirect'));
    }
    if (redirectCodes.includes(status) && request.redirect === 'follow' && location !== undefined) {
      message.resume();
      if (count === MOST_REDIRECTS) {
        throw failed(new Error('redirect count exceeded'));
      }
      // Locations are UTF-8, whatever the header's characters say.
      what = redirected(what, status, Buffer.from(location, 'latin1').toString());
      continue;
    }
    const headers = new Headers();
    for (let i = 0; i < message.rawHeaders.length; i += 2) {
      headers.append(message.rawHeaders[i].toLowerCase(), message.rawHeaders[i + 1]);
    }
    const empty = what.method === 'HEAD' || nullBody.includes(status);
    if (empty) {
      message.resume();
      state.over();
    }
    const body = empty ? null : bodyStream(message, decoders(headers), sent, state);
    const shown = new URL(what.url);
    shown.hash = '';
    return networkResponse(body, { status, statusText: message.statusMessage, type: 'basic', url: shown.href,
      redirected: count > 0, headers: headerLines(headers) });
  }
}

async function start(request) {
  const { signal } = request;
  signal.throwIfAborted();
  const url = new URL(request.url);
  switch (url.protocol) {
    case 'http:': case 'https:': break;
    case 'data:': return dataResponse(url);
    case 'about:': throw failed(new Error('about scheme is not supported'));
    case 'blob:': throw failed(new Error('invalid method'));
    case 'file:': throw failed(new Error('not implemented... yet...'));
    default: throw failed(new Error('unknown scheme'));
  }
  const state = { request: null, reason: undefined, bodyError: undefined, broke: undefined, fail: null, over() { signal.removeEventListener('abort', abort); } };
  const abort = () => {
    state.reason = signal.reason;
    state.fail?.(signal.reason);
    state.request?.destroy(signal.reason instanceof Error ? signal.reason : undefined);
    state.rejected?.(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  return new Promise((resolve, reject) => {
    state.rejected = reject;
    overNetwork(request, state).then(resolve, (error) => {
      state.over();
      reject(error);
    });
  });
}

export function fetch(input, init = undefined) {
  let request;
  try {
    request = new Request(input, init);
  } catch (error) {
    return Promise.reject(error);
  }
  return start(request);
}
