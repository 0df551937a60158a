// TextDecoder: UTF-8, UTF-16 and Latin-1 here, the web's other encodings on the host.
import native, { encodings } from './native.js';
import { Buffer, bytesOf } from './buffer.js';
import { codes, validate } from './errors.js';
import { BAD_DATA, call, concat, counted } from './host.js';

const ENCODING = 10;
const DECODE = 11;
// Part of the standard, but not of node.
const unsupported = ['iso-8859-16', 'x-user-defined', 'replacement'];
const common = { __proto__: null, 'utf-8': 'utf-8', 'utf8': 'utf-8' };
const nothing = new Uint8Array(0);

function encodingOf(label) {
  const key = label.trim().toLowerCase();
  if (key in common) {
    return common[key];
  }
  const name = call(ENCODING, [Buffer.from(key)], true);
  const found = name === BAD_DATA ? undefined : Buffer.from(name).latin1Slice();
  if (found === undefined || unsupported.includes(found)) {
    throw codes.ERR_ENCODING_NOT_SUPPORTED(found === 'replacement' ? found : label);
  }
  return found;
}

export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #pending = nothing;
  #started = false;
  #streamed = false;

  constructor(label = 'utf-8', options = {}) {
    const name = `${label}`;
    if (options !== null) {
      validate.object(options, 'options');
    }
    this.#encoding = encodingOf(name);
    this.#fatal = !!options?.fatal;
    this.#ignoreBOM = !!options?.ignoreBOM;
  }

  get encoding() { return this.#encoding; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#ignoreBOM; }

  decode(input = nothing, options = {}) {
    const given = typeof input === 'string' ? undefined : bytesOf(input);
    if (given === undefined) {
      throw codes.ERR_INVALID_ARG_TYPE('list', ['SharedArrayBuffer', 'ArrayBuffer', 'ArrayBufferView'], input);
    }
    if (options !== null) {
      validate.object(options, 'options');
    }
    const stream = !!options?.stream;
    const bytes = this.#pending.length > 0 ? concat([this.#pending, given]) : given;
    this.#pending = nothing;
    let result;
    try {
      result = this.#convert(bytes, stream);
    } catch (error) {
      this.#started = false;
      throw error;
    }
    const [text, held] = result;
    if (stream && held > 0) {
      this.#pending = bytes.slice(bytes.length - held);
    }
    const begins = !this.#started && (text.length > 0 || !stream);
    this.#started = stream && (this.#started || text.length > 0);
    return begins && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff && this.#encoding.startsWith('utf-') ? text.slice(1) : text;
  }

  // The text and how many bytes at the end are to be seen again.
  #convert(bytes, stream) {
    switch (this.#encoding) {
      case 'utf-8': {
        const held = stream ? unfinished(bytes) : 0;
        const text = native.decode(bytes, encodings.utf8, 0, bytes.length - held, this.#fatal);
        return [text ?? this.#refuse(), held];
      }
      case 'utf-16le':
      case 'utf-16be':
        return this.#utf16(bytes, stream);
      case 'windows-1252':
        // Node takes it for Latin-1 if it comes whole.
        this.#streamed ||= stream;
        if (!this.#streamed) {
          return [native.decode(bytes, encodings.latin1, 0, bytes.length, false), 0];
        }
        return this.#onHost(bytes, stream);
      case 'iso-2022-jp':
        return this.#withMemory(bytes, stream);
      default:
        return this.#onHost(bytes, stream);
    }
  }

  #utf16(bytes, stream) {
    const even = bytes.length & ~1;
    const pairs = this.#encoding === 'utf-16be' ? Buffer.from(bytes.subarray(0, even)).swap16() : bytes;
    let text = native.decode(pairs, encodings.utf16le, 0, even, false);
    let held = bytes.length - even;
    if (stream && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800) {
      text = text.slice(0, -1);
      held += 2;
    }
    if (this.#fatal && (!text.isWellFormed() || (!stream && held > 0))) {
      this.#refuse();
    }
    text = text.toWellFormed();
    return [!stream && held > 0 ? `${text}\ufffd` : text, held];
  }

  #onHost(bytes, stream) {
    const reply = call(DECODE, [Uint8Array.of(this.#fatal ? 1 : 0, stream ? 1 : 0), ...counted(Buffer.from(this.#encoding)), bytes], true);
    if (typeof reply === 'number') {
      this.#refuse();
    }
    return [native.decode(reply, encodings.utf16le, 1, reply.length, false), reply[0]];
  }

  // A character's meaning depends on all that came before: each time all of it is decoded.
  #told = 0;
  #withMemory(bytes, stream) {
    // Escape sequences have three bytes.
    const cut = bytes.at(-1) === 0x1b ? 1 : bytes.at(-2) === 0x1b ? 2 : 0;
    const complete = bytes.length - (stream ? cut : 0);
    const [text] = this.#onHost(bytes.subarray(0, complete), false);
    const settled = stream && text.endsWith('\ufffd') ? text.length - 1 : text.length;
    const fresh = text.slice(this.#told, settled);
    this.#told = stream ? settled : 0;
    return [fresh, stream ? bytes.length : 0];
  }

  #refuse() {
    throw codes.ERR_ENCODING_INVALID_ENCODED_DATA(this.#encoding);
  }

  get [Symbol.toStringTag]() { return 'TextDecoder'; }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    const shown = Object.create(TextDecoder.prototype);
    for (const [name, value] of [['encoding', this.#encoding], ['fatal', this.#fatal], ['ignoreBOM', this.#ignoreBOM]]) {
      Object.defineProperty(shown, name, { value, enumerable: true });
    }
    return inspect(shown, { ...options, customInspect: false });
  }
}

// How many bytes at the end begin a character that goes on in the next chunk.
function unfinished(bytes) {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return size > back ? back : 0;
    }
    if (byte < 0x80) {
      return 0;
    }
  }
  return 0;
}
