// http.ClientRequest.
import { Buffer } from '../buffer.js';
import { abortError, codes, fromInside, validate } from '../errors.js';
import { nextTick } from '../loop.js';
import net from '../net/net.js';
import { URL, urlToHttpOptions } from '../url.js';
import { globalAgent } from './agent.js';
import { IncomingMessage } from './incoming.js';
import { OutgoingMessage } from './outgoing.js';
import { ResponseParser } from './parser.js';
import { isToken } from './words.js';

export const maxHeaderSize = 16384;
const mostHeaders = 2000;
const bodyless = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];

export const hangUp = (message) => fromInside(Object.assign(new Error(message), { code: 'ECONNRESET' }), 'http');

function checkedHost(host, name) {
  if (host !== null && host !== undefined && typeof host !== 'string') {
    throw codes.ERR_INVALID_ARG_TYPE(`options.${name}`, ['string', 'undefined', 'null'], host);
  }
  return host;
}

function checkTimeout(value) {
  validate.number(value, 'timeout');
  return Math.min(Math.max(value, 0), 2 ** 31 - 1);
}

export class ClientRequest extends OutgoingMessage {
  #parser = null;
  #listeners = null;
  #todo = []; // what waits for a connection
  #failure = null;
  #told = false; // that it failed
  #closed = false;
  #signalled = null;

  constructor(input, options, callback) {
    if (typeof input === 'string' || input instanceof URL) {
      input = urlToHttpOptions(typeof input === 'string' ? new URL(input) : input);
    } else {
      callback = options;
      options = input;
      input = null;
    }
    if (typeof options === 'function') {
      callback = options;
      options = input || {};
    } else {
      options = Object.assign(input || {}, options);
    }
    super();
    const defaultAgent = options._defaultAgent || globalAgent;
    let { agent } = options;
    if (agent === false) {
      agent = new defaultAgent.constructor();
    } else if (agent === null || agent === undefined) {
      agent = typeof options.createConnection === 'function' ? undefined : defaultAgent;
    } else if (typeof agent.addRequest !== 'function') {
      throw codes.ERR_INVALID_ARG_TYPE('options.agent', ['Agent-like Object', 'undefined', 'false'], agent);
    }
    this.agent = agent;
    const protocol = options.protocol || defaultAgent.protocol;
    const expected = agent?.protocol || defaultAgent.protocol;
    if (options.path !== undefined && options.path !== null && /[^\u0021-\u00ff]/.test(`${options.path}`)) {
      throw codes.ERR_UNESCAPED_CHARACTERS('Request path');
    }
    if (protocol !== expected) {
      throw codes.ERR_INVALID_PROTOCOL(protocol, expected);
    }
    const defaultPort = options.defaultPort || agent?.defaultPort;
    options.port = options.port || defaultPort || 80;
    const { port } = options;
    options.host = checkedHost(options.hostname, 'hostname') || checkedHost(options.host, 'host') || 'localhost';
    const { host } = options;
    this.socketPath = options.socketPath;
    if (options.timeout !== undefined) {
      this.timeout = checkTimeout(options.timeout);
    }
    const { method } = options;
    if (method !== null && method !== undefined && typeof method !== 'string') {
      throw codes.ERR_INVALID_ARG_TYPE('options.method', 'string', method);
    }
    if (method && !isToken(method)) {
      throw codes.ERR_INVALID_HTTP_TOKEN('Method', method);
    }
    this.method = method ? method.toUpperCase() : 'GET';
    this.maxHeaderSize = options.maxHeaderSize;
    this.insecureHTTPParser = options.insecureHTTPParser;
    this.joinDuplicateHeaders = !!options.joinDuplicateHeaders;
    this.path = options.path || '/';
    this.host = host;
    this.protocol = protocol;
    this.aborted = false;
    this.upgradeOrConnect = false;
    this.maxHeadersCount = null;
    this.reusedSocket = false;
    this.res = null;
    this.parser = null;
    // Whether the connection is free as soon as the response has come, read or not.
    this._freesEarly = false;
    if (callback) {
      this.once('response', callback);
    }
    if (agent) {
      this.shouldKeepAlive = !!agent.keepAlive;
    } else {
      this._last = true;
      this.shouldKeepAlive = false;
    }
    this.#setHeaders(options, host, port, defaultPort);
    if (options.signal) {
      this.#followSignal(options.signal);
    }
    if (this.getHeader('expect') !== undefined) {
      this._implicitHeader();
      this.#flushHead();
    }
    if (options.signal) {
      options = { ...options };
      delete options.signal;
    }
    this.#connect(options);
  }

  #setHeaders(options, host, port, defaultPort) {
    const { headers } = options;
    if (Array.isArray(headers)) {
      const pairs = Array.isArray(headers[0]) ? headers : Array.from({ length: headers.length / 2 }, (_, i) => headers.slice(i * 2, i * 2 + 2));
      for (const [name, value] of pairs) {
        this.appendHeader(name, value);
      }
    } else if (headers) {
      for (const name of Object.keys(headers)) {
        this.setHeader(name, headers[name]);
      }
    }
    const setHost = options.setHost ?? (options.setDefaultHeaders ?? true);
    if (host && !this.getHeader('host') && setHost) {
      const bare = host.includes(':') && !host.startsWith('[') && net.isIP(host) === 6 ? `[${host}]` : host;
      this.setHeader('Host', port && +port !== defaultPort ? `${bare}:${port}` : bare);
    }
    if (options.auth && !this.getHeader('Authorization')) {
      this.setHeader('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
    }
  }

  #followSignal(signal) {
    const abort = () => this.destroy(fromInside(abortError(signal.reason), 'http'));
    if (signal.aborted) {
      nextTick(abort);
    } else {
      signal.addEventListener('abort', abort, { once: true });
      this.#signalled = () => signal.removeEventListener('abort', abort);
    }
  }

  #connect(options) {
    if (this.agent) {
      this.agent.addRequest(this, options);
      return;
    }
    if (typeof options.createConnection === 'function') {
      let called = false;
      const created = (error, socket) => {
        if (!called) {
          called = true;
          this.onSocket(error ? null : socket, error);
        }
      };
      try {
        const socket = options.createConnection(options, created);
        if (socket) {
          created(null, socket);
        }
      } catch (error) {
        created(error);
      }
    } else {
      this.onSocket(net.createConnection({ ...options, path: this.socketPath }));
    }
  }

  // A connection for this request, or the error of making it.
  onSocket(socket, error) {
    nextTick(() => {
      if (this.destroyed || error) {
        if (!error && socket) {
          this.#giveBack(socket);
        }
        this.#fail(this.#failure ?? error ?? null);
        return;
      }
      this.#begin(socket);
    });
  }

  #giveBack(socket) {
    if (this.agent && !socket.destroyed && typeof socket.emit === 'function' && this.agent.keepAlive) {
      socket.emit('free');
    } else {
      socket.destroy();
    }
  }

  #begin(socket) {
    this.#parser = new ResponseParser({
      head: (head) => this.#onHead(head),
      body: (bytes) => this.#onBody(bytes),
      end: (trailers) => this.#onEnd(trailers),
    }, this.maxHeaderSize || maxHeaderSize);
    this.parser = this.#parser;
    this.socket = socket;
    socket._httpMessage = this;
    const listeners = this.#listeners = {
      data: (bytes) => this.#onData(bytes),
      end: () => this.#onSocketEnd(),
      error: (failure) => this.#onSocketError(failure),
      close: () => this.#onSocketClose(),
      timeout: () => this.#onTimeout(),
    };
    for (const [name, listener] of Object.entries(listeners)) {
      socket.on(name, listener);
    }
    socket.resume();
    if (this.timeout !== undefined && socket.timeout !== this.timeout) {
      socket.setTimeout(this.timeout);
    }
    this.emit('socket', socket);
    const todo = this.#todo;
    this.#todo = [];
    for (const each of todo) {
      each();
    }
  }

  #detach() {
    const { socket } = this;
    for (const [name, listener] of Object.entries(this.#listeners ?? {})) {
      socket.removeListener(name, listener);
    }
    this.#listeners = null;
    this.parser = null;
    return socket;
  }

  // Outgoing.

  _implicitHeader() {
    if (this._header !== null) {
      return;
    }
    let lines = this._headerLines();
    const given = this.getHeader('connection');
    if (given === undefined) {
      lines += `Connection: ${this.shouldKeepAlive ? 'keep-alive' : 'close'}\r\n`;
      this._last = !this.shouldKeepAlive;
    } else if (/\bclose\b/i.test(`${given}`)) {
      this._last = true;
      this.shouldKeepAlive = false;
    }
    const usual = !bodyless.includes(this.method);
    const coding = this.getHeader('transfer-encoding');
    if (coding !== undefined) {
      this.chunkedEncoding = /\bchunked$/i.test(`${coding}`.trim());
    } else if (this.getHeader('content-length') === undefined) {
      // Node leaves the body of a GET request that is not the usual thing without a frame: not here.
      if (this._contentLength === null && (usual || !this.#headOnly)) {
        lines += 'Transfer-Encoding: chunked\r\n';
        this.chunkedEncoding = true;
      } else if (this._contentLength > 0 || usual) {
        lines += `Content-Length: ${this._contentLength}\r\n`;
      } else {
        this.#bodiless = true;
      }
    }
    this._header = `${this.method} ${this.path} HTTP/1.1\r\n${lines}\r\n`;
  }

  // The headers are to go before it is known whether there is a body.
  #headOnly = false;
  #headSent = false;
  // It was said that there is no body.
  #bodiless = false;

  #flushHead() {
    if (this.socket === null) {
      this.#todo.push(() => this.#flushHead());
    } else if (!this.#headSent) {
      this.#headSent = true;
      this.socket.write(this._header, 'latin1');
    }
  }

  flushHeaders() {
    if (this._header === null) {
      this.#headOnly = true;
      this._implicitHeader();
    }
    this.#flushHead();
  }

  // Puts texts and bytes on the wire as one.
  #put(parts, callback) {
    const { socket } = this;
    if (socket === null) {
      this.#todo.push(() => this.#put(parts, callback));
      return;
    }
    if (!this.#headSent) {
      this.#headSent = true;
      parts.unshift(this._header);
    }
    if (parts.length === 0) {
      callback();
      return;
    }
    if (socket.destroyed) {
      callback(this.#failure ?? hangUp('socket hang up'));
      return;
    }
    const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part));
    socket.write(bytes.length === 1 ? bytes[0] : Buffer.concat(bytes), (error) => {
      // The connection's error is told by itself.
      void error;
      callback();
    });
  }

  #framed(chunk) {
    return this.chunkedEncoding && chunk.length > 0 ? [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'] : [chunk];
  }

  _write(chunk, encoding, callback) {
    this._implicitHeader();
    if (this.#bodiless && chunk.length > 0) {
      this.destroy(codes.ERR_HTTP_BODY_NOT_ALLOWED());
      callback();
      return;
    }
    this.#put(this.#framed(chunk), callback);
  }

  _writev(chunks, callback) {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'buffer', callback);
  }

  _final(callback) {
    this._implicitHeader();
    this.#put(this.chunkedEncoding ? [`0\r\n${this._trailers}\r\n`] : [], () => {
      callback();
      if (this.res?.complete) {
        this.#finishExchange();
      }
    });
  }

  // Incoming.

  #onData(bytes) {
    let rest;
    try {
      rest = this.#parser.execute(bytes);
    } catch (error) {
      if (typeof error?.code !== 'string' || !error.code.startsWith('HPE_')) {
        throw error;
      }
      this.#parseFailed(Object.assign(error, { rawPacket: bytes }));
      return;
    }
    if (this.upgradeOrConnect) {
      this.#handOver(rest);
    } else if (rest.length > 0 && this.#parser?.done) {
      // Bytes that nobody asked for: the connection is of no use any more.
      this.shouldKeepAlive = false;
      this.socket?.destroy();
    } else if (this.#parser?.done && this.#listeners !== null) {
      // Nothing more of the connection is of interest; programs look whether somebody still reads.
      for (const name of ['data', 'end']) {
        this.socket.removeListener(name, this.#listeners[name]);
        delete this.#listeners[name];
      }
    }
  }

  #parseFailed(error) {
    const { socket } = this;
    this.#failure = error;
    this.#detach();
    socket?.destroy();
    if (this.res !== null && !this.res.complete) {
      this.res.destroy(hangUp('aborted'));
    }
    this.#fail(error);
  }

  #onHead(head) {
    if (this.res !== null) {
      // A second answer.
      this.socket.destroy();
      return 'nothing';
    }
    const { status, message, raw, minor, connection } = head;
    const response = new IncomingMessage(this.socket);
    const most = this.maxHeadersCount === null ? mostHeaders : this.maxHeadersCount;
    Object.assign(response, { httpVersionMajor: 1, httpVersionMinor: minor, httpVersion: `1.${minor}`, statusCode: status, statusMessage: message,
      rawHeaders: most > 0 ? raw.slice(0, most * 2) : raw, joinDuplicateHeaders: this.joinDuplicateHeaders });
    const upgrading = status === 101 && connection.includes('upgrade') && response.headers.upgrade !== undefined;
    if (upgrading || this.method === 'CONNECT') {
      response.upgrade = true;
      response.req = this;
      this.res = response;
      this.upgradeOrConnect = true;
      return 'tunnel';
    }
    if (status === 101) {
      throw Object.assign(new Error('Parse Error: Invalid 101 response'), { code: 'HPE_INVALID_STATUS', reason: 'Invalid 101 response' });
    }
    if (status < 200) {
      if (status === 100) {
        this.emit('continue');
      }
      const { statusCode, statusMessage, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders } = response;
      this.emit('information', { statusCode, statusMessage, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders });
      return 'nothing';
    }
    this.res = response;
    response.req = this;
    response.upgrade = false;
    if (!head.keepAlive) {
      this.shouldKeepAlive = false;
    }
    response.on('end', () => this.#onResponseEnd());
    if (this.aborted || !this.emit('response', response)) {
      response._dump();
    }
    return this.method === 'HEAD' ? 'nothing' : 'body';
  }

  #onBody(bytes) {
    const { res, socket } = this;
    if (res === null || res._dumped) {
      return;
    }
    if (!res.push(bytes)) {
      socket.pause();
    }
  }

  #onEnd(trailers) {
    const { res } = this;
    res.complete = true;
    res.rawTrailers = trailers;
    res.push(null);
    if (this.socket && !this.socket.destroyed) {
      this.socket.resume();
    }
    if (this._freesEarly) {
      this.#onResponseEnd();
    }
  }

  #handOver(rest) {
    const { res } = this;
    const socket = this.#detach();
    socket._httpMessage = null;
    const event = this.method === 'CONNECT' ? 'connect' : 'upgrade';
    this.#signalled?.();
    if (this.listenerCount(event) === 0) {
      socket.destroy();
      this.#close();
      return;
    }
    socket.emit('agentRemove');
    socket.readableFlowing = null;
    this.destroyed = true;
    this.emit(event, res, socket, Buffer.from(rest));
    this.#close();
  }

  // All of the response was read.
  #onResponseEnd() {
    if (!this.shouldKeepAlive) {
      if (this.socket !== null && this.socket.writable) {
        // Any duplex stream may stand for a connection.
        (this.socket.destroySoon ?? this.socket.end).call(this.socket);
      }
    } else if (this.writableFinished) {
      this.#finishExchange();
    }
  }

  // Request and response are done: the connection is free.
  #finishExchange() {
    if (this.#listeners === null || (!this.res.readableEnded && !this._freesEarly) || this.aborted || !this.shouldKeepAlive) {
      return;
    }
    const socket = this.#detach();
    this.#signalled?.();
    this.destroyed = true;
    this.res.socket = null; // which serves others from now on
    if (this.timeout) {
      socket.setTimeout(0);
    }
    nextTick(() => {
      this.#close();
      if (!socket.destroyed) {
        socket.emit('free');
      }
    });
  }

  // What the connection says.

  #onSocketError(error) {
    this.#failure = error;
    this.#fail(error, false);
  }

  #onSocketEnd() {
    if (this.res === null) {
      this.#fail(hangUp('socket hang up'), false);
    }
    this.#finishParser();
    this.socket.end();
  }

  #finishParser() {
    try {
      this.#parser.finish();
    } catch (error) {
      void error; // the response is not complete, which its stream says
    }
  }

  #onSocketClose() {
    const { res } = this;
    this.#finishParser();
    this.destroyed = true;
    if (res !== null) {
      if (!res.complete) {
        res.destroy(hangUp('aborted'));
      }
      this.#detach();
      this.#close();
      if (!res.aborted && res.readable) {
        res.push(null);
      }
      return;
    }
    this.#detach();
    this.#fail(hangUp('socket hang up'));
  }

  #onTimeout() {
    if (this.timeout) {
      this.emit('timeout');
    }
  }

  // Emits an error, if there is one, and that it is over.
  #fail(error, over = true) {
    if (error && !this.#told) {
      this.#told = true;
      this._writableState.errored ??= error;
      this.emit('error', error);
    }
    if (over) {
      this.#close();
    }
  }

  #close() {
    if (!this.#closed) {
      this.#closed = true;
      this.#signalled?.();
      this._writableState.closed = true;
      this.emit('close');
    }
  }

  abort() {
    if (!this.aborted) {
      this.aborted = true;
      nextTick(() => this.emit('abort'));
      this.destroy();
    }
  }

  destroy(error) {
    if (this.destroyed) {
      return this;
    }
    this.destroyed = true;
    this.res?._dump();
    this.#failure = error ?? (this.res === null ? hangUp('socket hang up') : null);
    if (this.socket !== null) {
      this.socket.destroy(error);
    } else if (this.agent?.requests) {
      // Where it does not wait in a queue, onSocket() comes yet, and tells.
      this.#leaveQueue();
    }
    return this;
  }

  #leaveQueue() {
    for (const [name, list] of Object.entries(this.agent.requests)) {
      const at = list.indexOf(this);
      if (at >= 0) {
        list.splice(at, 1);
        if (list.length === 0) {
          delete this.agent.requests[name];
        }
        nextTick(() => this.#fail(this.#failure));
        return;
      }
    }
  }

  setTimeout(milliseconds, callback) {
    if (this.res !== null && this.writableEnded && this.#closed) {
      return this;
    }
    milliseconds = checkTimeout(milliseconds);
    if (callback) {
      validate.function(callback, 'callback');
      this.once('timeout', callback);
    }
    this.timeout = milliseconds;
    if (this.socket !== null) {
      this.socket.setTimeout(milliseconds);
    }
    return this;
  }
  clearTimeout(callback) { this.setTimeout(0, callback); }
  setNoDelay(value) { this.#onceSocket((socket) => socket.setNoDelay(value)); }
  setSocketKeepAlive(...values) { this.#onceSocket((socket) => socket.setKeepAlive(...values)); }
  #onceSocket(use) {
    if (this.socket) {
      use(this.socket);
    } else {
      this.once('socket', use);
    }
  }
}
