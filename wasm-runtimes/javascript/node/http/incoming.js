// http.IncomingMessage: a response as a stream.
import { nextTick } from '../loop.js';
import { finished, Readable } from '../stream.js';

// Of these the first counts, where a header comes several times.
const single = new Set(['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since',
  'if-unmodified-since', 'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent']);

function collect(raw, joinAll) {
  const headers = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i].toLowerCase();
    const value = raw[i + 1];
    if (name === 'set-cookie') {
      (headers[name] ??= []).push(value);
    } else if (!Object.hasOwn(headers, name)) {
      Object.defineProperty(headers, name, { value, writable: true, enumerable: true, configurable: true });
    } else if (joinAll || !single.has(name)) {
      headers[name] += `${name === 'cookie' ? '; ' : ', '}${value}`;
    }
  }
  return headers;
}

function collectDistinct(raw) {
  const headers = Object.create(null);
  for (let i = 0; i < raw.length; i += 2) {
    (headers[raw[i].toLowerCase()] ??= []).push(raw[i + 1]);
  }
  return headers;
}

// A property that is made when it is asked for first.
function lazy(name, make) {
  const key = Symbol(name);
  Object.defineProperty(IncomingMessage.prototype, name, {
    get() { return this[key] ??= make(this); },
    set(value) { this[key] = value; },
    enumerable: true, configurable: true,
  });
}

export class IncomingMessage extends Readable {
  constructor(socket) {
    super(socket ? { highWaterMark: socket.readableHighWaterMark } : undefined);
    this.httpVersionMajor = null;
    this.httpVersionMinor = null;
    this.httpVersion = null;
    this.complete = false;
    this.rawHeaders = [];
    this.rawTrailers = [];
    this.joinDuplicateHeaders = false;
    this.aborted = false;
    this.upgrade = null;
    this.url = '';
    this.method = null;
    this.statusCode = null;
    this.statusMessage = null;
    this.client = socket;
    this.socket = socket;
    this._dumped = false;
  }

  get connection() { return this.socket; }
  set connection(socket) { this.socket = socket; }

  setTimeout(milliseconds, callback) {
    if (callback) {
      this.on('timeout', callback);
    }
    this.socket.setTimeout(milliseconds);
    return this;
  }

  _read() {
    if (this.socket?.readable) {
      this.socket.resume();
    }
  }

  _destroy(error, callback) {
    if (!this.readableEnded || !this.complete) {
      this.aborted = true;
      this.emit('aborted');
    }
    // An error is only told to those who listen for it.
    const end = (failure) => nextTick(() => callback(this.listenerCount('error') === 0 ? null : failure));
    if (this.socket && !this.socket.destroyed && this.aborted) {
      this.socket.destroy(error);
      const forget = finished(this.socket, (failure) => {
        forget();
        end((failure?.code === 'ERR_STREAM_PREMATURE_CLOSE' ? null : failure) || error);
      });
    } else {
      end(error);
    }
  }

  // Reads and forgets what is left.
  _dump() {
    if (!this._dumped) {
      this._dumped = true;
      this.removeAllListeners('data');
      this.resume();
    }
  }
}
lazy('headers', (message) => collect(message.rawHeaders, message.joinDuplicateHeaders));
lazy('headersDistinct', (message) => collectDistinct(message.rawHeaders));
lazy('trailers', (message) => collect(message.rawTrailers, message.joinDuplicateHeaders));
lazy('trailersDistinct', (message) => collectDistinct(message.rawTrailers));
