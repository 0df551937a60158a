// Reads HTTP/1 responses, strictly as RFC 9112 has them: what could be read in two ways is an error.
// `handler` is told of `head(head)`, which returns what follows ('body', 'nothing', 'tunnel'),
// `body(bytes)`, `end(trailers)` and nothing else; errors are thrown, with llhttp's codes.
import { Buffer } from '../buffer.js';
import { fromInside } from '../errors.js';
import { isToken, isValue } from './words.js';

const LF = 10;
const LONGEST_CHUNK_LINE = 4096;
const none = Buffer.alloc(0);

// States.
const HEAD = 0;
const LENGTH = 1; // so many bytes more
const CHUNK_SIZE = 2;
const CHUNK = 3;
const CHUNK_END = 4;
const TRAILERS = 5;
const UNTIL_CLOSE = 6;
const DONE = 7;

function parseError(code, reason) {
  return fromInside(Object.assign(new Error(`Parse Error: ${reason}`), { code, reason }), 'http');
}

// Header lines as [name, value, name, value, ...].
function fields(lines) {
  const raw = [];
  for (const line of lines) {
    if (line[0] === ' ' || line[0] === '\t') {
      // Folded: RFC 9112, 5.2, has user agents put a space.
      if (raw.length === 0 || !isValue(line)) {
        throw parseError('HPE_INVALID_HEADER_TOKEN', 'Unexpected whitespace before header');
      }
      raw[raw.length - 1] = `${raw.at(-1)} ${line.trim()}`.trim();
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0 || !isToken(line.slice(0, colon))) {
      throw parseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header token');
    }
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    if (!isValue(value)) {
      throw parseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header value char');
    }
    raw.push(line.slice(0, colon), value);
  }
  return raw;
}

// All values of a header.
function valuesOf(raw, wanted) {
  const values = [];
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i].length === wanted.length && raw[i].toLowerCase() === wanted) {
      values.push(raw[i + 1]);
    }
  }
  return values;
}

const listOf = (values) => values.flatMap((value) => value.split(',')).map((each) => each.trim().toLowerCase()).filter((each) => each !== '');

function parseHead(text) {
  const [first, ...lines] = text.split('\r\n');
  const match = /^HTTP\/(\d)\.(\d) (\d{3})(?: ([^]*))?$/.exec(first);
  if (match === null) {
    throw first.startsWith('HTTP/') ? parseError('HPE_INVALID_STATUS', 'Invalid status code') : parseError('HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/');
  }
  const [, major, minor, status, message = ''] = match;
  if (major !== '1' || minor > '1') {
    throw parseError('HPE_INVALID_VERSION', 'Invalid HTTP version');
  }
  if (!isValue(message) || status < '100') {
    throw parseError('HPE_INVALID_STATUS', 'Invalid status line');
  }
  const raw = fields(lines);
  const connection = listOf(valuesOf(raw, 'connection'));
  return { minor: Number(minor), status: Number(status), message, raw, connection,
    keepAlive: minor === '1' ? !connection.includes('close') : connection.includes('keep-alive') };
}

// How a response's body ends: a number of bytes, 'chunked' or 'close'.
function framing(head) {
  const encodings = listOf(valuesOf(head.raw, 'transfer-encoding'));
  const lengths = valuesOf(head.raw, 'content-length');
  if (encodings.length > 0) {
    if (lengths.length > 0) {
      const second = head.raw.findLast((name, i) => i % 2 === 0 && /^(content-length|transfer-encoding)$/i.test(name)).toLowerCase();
      throw second === 'content-length' ? parseError('HPE_INVALID_CONTENT_LENGTH', "Content-Length can't be present with Transfer-Encoding")
        : parseError('HPE_INVALID_TRANSFER_ENCODING', "Transfer-Encoding can't be present with Content-Length");
    }
    if (head.minor === 0) {
      head.keepAlive = false;
    }
    if (encodings.indexOf('chunked') !== encodings.lastIndexOf('chunked')) {
      throw parseError('HPE_INVALID_TRANSFER_ENCODING', 'Invalid `Transfer-Encoding` header value');
    }
    return encodings.at(-1) === 'chunked' ? 'chunked' : 'close';
  }
  if (lengths.length > 1) {
    throw parseError('HPE_UNEXPECTED_CONTENT_LENGTH', 'Duplicate Content-Length');
  }
  if (lengths.length === 1) {
    if (!/^\d+$/.test(lengths[0])) {
      throw parseError('HPE_INVALID_CONTENT_LENGTH', 'Invalid character in Content-Length');
    }
    const length = Number(lengths[0]);
    if (!Number.isSafeInteger(length)) {
      throw parseError('HPE_INVALID_CONTENT_LENGTH', 'Content-Length overflow');
    }
    return length;
  }
  return 'close';
}

export class ResponseParser {
  #handler;
  #limit;
  #state = HEAD;
  #kept = none; // the beginning of a line or head that has not come completely
  #left = 0;
  #trailers = [];

  constructor(handler, headerLimit) {
    this.#handler = handler;
    this.#limit = headerLimit;
  }

  // Whether nothing of a response has come yet.
  get idle() { return this.#state === HEAD && this.#kept.length === 0; }
  get done() { return this.#state === DONE; }

  // Takes bytes; returns those that belong to no response.
  execute(bytes) {
    while (bytes.length > 0) {
      switch (this.#state) {
        case HEAD: bytes = this.#head(bytes); break;
        case LENGTH: case CHUNK: bytes = this.#some(bytes); break;
        case CHUNK_SIZE: bytes = this.#line(bytes, LONGEST_CHUNK_LINE, (line) => this.#chunkSize(line)); break;
        case CHUNK_END: bytes = this.#line(bytes, 2, (line) => this.#chunkEnd(line)); break;
        case TRAILERS: bytes = this.#line(bytes, this.#limit, (line) => this.#trailer(line)); break;
        case UNTIL_CLOSE:
          this.#handler.body(bytes);
          return none;
        default: return bytes;
      }
    }
    return none;
  }

  // The connection has ended. Throws if a response has begun and not ended.
  finish() {
    if (this.#state === UNTIL_CLOSE) {
      this.#end();
    } else if (this.#state !== DONE && !this.idle) {
      throw parseError('HPE_INVALID_EOF_STATE', 'Invalid EOF state');
    }
  }

  #head(bytes) {
    const all = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
    // RFC 9112, 2.2: what is no response is told at once, an empty line before one is none.
    const start = 'HTTP/';
    for (let i = 0; i < Math.min(all.length, start.length); i++) {
      if (all[i] !== start.charCodeAt(i)) {
        throw parseError('HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/');
      }
    }
    const end = all.indexOf('\r\n\r\n', Math.max(this.#kept.length - 3, 0), 'latin1');
    if (end > this.#limit || (end < 0 && all.length > this.#limit + 4)) {
      throw parseError('HPE_HEADER_OVERFLOW', 'Header overflow');
    }
    if (end < 0) {
      if (/[^\r]\n/.test(all.toString('latin1', Math.max(this.#kept.length - 1, 0)))) {
        throw parseError('HPE_CR_EXPECTED', 'Missing expected CR before LF');
      }
      this.#kept = all;
      return none;
    }
    this.#kept = none;
    const text = all.toString('latin1', 0, end);
    if (/[^\r]\n/.test(text)) {
      throw parseError('HPE_CR_EXPECTED', 'Missing expected CR before LF');
    }
    if (/\r(?!\n)/.test(text)) {
      throw parseError('HPE_LF_EXPECTED', 'Missing expected LF after header value');
    }
    this.#begin(parseHead(text));
    return all.subarray(end + 4);
  }

  #begin(head) {
    const informational = head.status < 200;
    const frame = informational || head.status === 204 || head.status === 304 ? 0 : framing(head);
    if (frame === 'close') {
      head.keepAlive = false;
    }
    const follows = this.#handler.head(head);
    if (follows === 'tunnel') {
      this.#state = DONE;
    } else if (informational) {
      this.#state = HEAD;
    } else if (follows === 'nothing' || frame === 0) {
      this.#end();
    } else if (frame === 'chunked') {
      this.#state = CHUNK_SIZE;
    } else if (frame === 'close') {
      this.#state = UNTIL_CLOSE;
    } else {
      this.#left = frame;
      this.#state = LENGTH;
    }
  }

  #some(bytes) {
    const part = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#left -= part.length;
    const chunked = this.#state === CHUNK;
    if (this.#left === 0 && chunked) {
      this.#state = CHUNK_END;
    }
    this.#handler.body(part);
    if (this.#left === 0 && !chunked) {
      this.#end();
    }
    return bytes.subarray(part.length);
  }

  // A line without its end, given to `take` when it has come completely.
  #line(bytes, limit, take) {
    const at = bytes.indexOf(LF);
    const part = at < 0 ? bytes : bytes.subarray(0, at + 1);
    const line = this.#kept.length === 0 ? part : Buffer.concat([this.#kept, part]);
    if (line.length > limit + 2) {
      throw this.#state === TRAILERS ? parseError('HPE_HEADER_OVERFLOW', 'Header overflow')
        : parseError('HPE_CHUNK_EXTENSIONS_OVERFLOW', 'Chunk extensions overflow');
    }
    if (at < 0) {
      this.#kept = line;
      return none;
    }
    this.#kept = none;
    const text = line.toString('latin1', 0, line.length - 1);
    if (!text.endsWith('\r') || text.indexOf('\r') !== text.length - 1) {
      throw parseError('HPE_CR_EXPECTED', 'Missing expected CR before LF');
    }
    take(text.slice(0, -1));
    return bytes.subarray(at + 1);
  }

  #chunkSize(line) {
    const match = /^([0-9a-fA-F]+)(?:[ \t]*;([^]*))?$/.exec(line);
    const size = match === null ? NaN : Number.parseInt(match[1], 16);
    if (!Number.isSafeInteger(size) || !isValue(match[2] ?? '')) {
      throw parseError('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');
    }
    this.#left = size;
    this.#state = size === 0 ? TRAILERS : CHUNK;
  }

  #chunkEnd(line) {
    if (line !== '') {
      throw parseError('HPE_STRICT', 'Expected LF after chunk data');
    }
    this.#state = CHUNK_SIZE;
  }

  #trailer(line) {
    if (line !== '') {
      this.#limit -= line.length;
      if (this.#limit < 0) {
        throw parseError('HPE_HEADER_OVERFLOW', 'Header overflow');
      }
      this.#trailers.push(line);
      return;
    }
    this.#end(fields(this.#trailers));
  }

  #end(trailers = []) {
    this.#state = DONE;
    this.#handler.end(trailers);
  }
}
