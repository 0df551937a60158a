// http.OutgoingMessage: headers, and a body behind them.
import { bytesOf } from '../buffer.js';
import { codes, validate } from '../errors.js';
import { Writable } from '../stream.js';
import { validateHeaderName, validateHeaderValue } from './words.js';

const kHeaders = Symbol('kOutHeaders'); // by name in lower case: [name, value]

export class OutgoingMessage extends Writable {
  constructor(options) {
    super({ ...options, autoDestroy: false, emitClose: false, decodeStrings: true });
    this[kHeaders] = null;
    this._header = null;
    this._contentLength = null;
    this._trailers = '';
    this.chunkedEncoding = false;
    this.shouldKeepAlive = true;
    this.sendDate = false;
    this._last = false;
    this.socket = null;
  }

  get connection() { return this.socket; }
  set connection(socket) { this.socket = socket; }
  get headersSent() { return this._header !== null; }
  get finished() { return this.writableEnded; }

  setHeader(name, value) {
    if (this._header !== null) {
      throw codes.ERR_HTTP_HEADERS_SENT('set');
    }
    validateHeaderName(name);
    for (const each of Array.isArray(value) ? value : [value]) {
      validateHeaderValue(name, each);
    }
    (this[kHeaders] ??= Object.create(null))[name.toLowerCase()] = [name, value];
    return this;
  }

  setHeaders(headers) {
    if (this._header !== null) {
      throw codes.ERR_HTTP_HEADERS_SENT('set');
    }
    if (!headers || Array.isArray(headers) || typeof headers.keys !== 'function' || typeof headers.get !== 'function') {
      throw codes.ERR_INVALID_ARG_TYPE('headers', ['Headers', 'Map'], headers);
    }
    const cookies = [];
    for (const [name, value] of headers) {
      if (name === 'set-cookie') {
        cookies.push(...[value].flat());
      } else {
        this.setHeader(name, value);
      }
    }
    if (cookies.length > 0) {
      this.setHeader('set-cookie', cookies);
    }
    return this;
  }

  appendHeader(name, value) {
    if (this._header !== null) {
      throw codes.ERR_HTTP_HEADERS_SENT('append');
    }
    const known = this[kHeaders]?.[`${name}`.toLowerCase()];
    return known === undefined ? this.setHeader(name, value) : this.setHeader(known[0], [known[1], value].flat());
  }

  getHeader(name) {
    validate.string(name, 'name');
    return this[kHeaders]?.[name.toLowerCase()]?.[1];
  }
  hasHeader(name) {
    validate.string(name, 'name');
    return this[kHeaders] !== null && name.toLowerCase() in this[kHeaders];
  }
  removeHeader(name) {
    validate.string(name, 'name');
    if (this._header !== null) {
      throw codes.ERR_HTTP_HEADERS_SENT('remove');
    }
    if (this[kHeaders] !== null) {
      delete this[kHeaders][name.toLowerCase()];
    }
  }
  getHeaderNames() { return Object.keys(this[kHeaders] ?? {}); }
  getRawHeaderNames() { return Object.values(this[kHeaders] ?? {}).map(([name]) => name); }
  getHeaders() {
    const headers = Object.create(null);
    for (const [name, [, value]] of Object.entries(this[kHeaders] ?? {})) {
      headers[name] = value;
    }
    return headers;
  }
  get _headers() { return this.getHeaders(); }

  // The lines of all headers.
  _headerLines() {
    let text = '';
    for (const [name, value] of Object.values(this[kHeaders] ?? {})) {
      if (!Array.isArray(value)) {
        text += `${name}: ${value}\r\n`;
      } else if (name.toLowerCase() === 'cookie') {
        text += `${name}: ${value.join('; ')}\r\n`;
      } else {
        for (const each of value) {
          text += `${name}: ${each}\r\n`;
        }
      }
    }
    return text;
  }

  addTrailers(headers) {
    for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers)) {
      validateHeaderName(name, 'Trailer name');
      validateHeaderValue(name, value);
      this._trailers += `${name}: ${value}\r\n`;
    }
  }

  write(chunk, encoding, callback) {
    if (this._header === null && !this.writableEnded && (typeof chunk === 'string' || bytesOf(chunk) !== undefined)) {
      this._implicitHeader();
    }
    return super.write(chunk, encoding, callback);
  }

  // Whose first chunk is its last has a known length.
  end(chunk, encoding, callback) {
    if (this._header === null && !this.writableEnded) {
      const body = typeof chunk === 'function' ? undefined : chunk;
      const bytes = body === undefined || body === null ? new Uint8Array(0)
        : typeof body === 'string' || ArrayBuffer.isView(body) ? bytesOf(body, typeof encoding === 'string' ? encoding : undefined) : undefined;
      if (bytes !== undefined) {
        this._contentLength = bytes.byteLength;
        this._implicitHeader();
      }
    }
    return super.end(chunk, encoding, callback);
  }
}
