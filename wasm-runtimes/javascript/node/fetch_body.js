// What requests and responses carry.
import { Buffer, bytesOf } from './buffer.js';
import { decodeForm, encodeForm, FormData } from './form_data.js';
import { MIMEType } from './mime.js';
import { types } from './types.js';
import { URLSearchParams } from './url.js';
import { Blob, blobBytes } from './web.js';
import { ReadableStream } from './web_streams.js';

// What a body is made of, and the type that it implies.
function extract(body) {
  if (typeof body === 'string') {
    return { bytes: Buffer.from(body), type: 'text/plain;charset=UTF-8' };
  }
  if (body instanceof URLSearchParams) {
    return { bytes: Buffer.from(String(body)), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  if (body instanceof Blob) {
    return { bytes: blobBytes(body), type: body.type || null };
  }
  if (body instanceof FormData) {
    return encodeForm(body);
  }
  if (body instanceof ReadableStream) {
    if (body.locked || body._disturbed) {
      throw new TypeError('Response body object should not be disturbed or locked');
    }
    return { source: body, type: null };
  }
  const bytes = typeof body === 'object' ? bytesOf(body) : undefined;
  if (bytes !== undefined || types.isAnyArrayBuffer(body)) {
    return { bytes: Buffer.from(bytes), type: null };
  }
  if (typeof body?.[Symbol.asyncIterator] === 'function') {
    return { source: ReadableStream.from(body), type: null };
  }
  return { bytes: Buffer.from(`${body}`), type: 'text/plain;charset=UTF-8' };
}

const mimeOf = (headers) => {
  try {
    return new MIMEType(headers.get('content-type') ?? '');
  } catch {
    return undefined;
  }
};

// Given by Body: a body's stream for another owner, and its bytes where they are known.
export let take;
export let bytesKnown;
// Marks a body as used by whoever takes its bytes.
export let markUsed;

export class Body {
  #stream = null;
  #bytes = null; // what the stream will give, if that is known
  #used = false;
  #headers;

  static {
    take = (body, what) => body.#take(what);
    bytesKnown = (body) => body.#bytes;
    markUsed = (body) => { body.#used = true; };
  }

  constructor(body, headers) {
    this.#headers = headers;
    if (body !== null && body !== undefined) {
      const { bytes, source, type } = extract(body);
      this.#bytes = bytes ?? null;
      this.#stream = source ?? new ReadableStream({ type: 'bytes', start(controller) {
        if (bytes.length > 0) {
          controller.enqueue(new Uint8Array(bytes));
        }
        controller.close();
      } });
      if (type && !headers.has('content-type')) {
        headers.append('content-type', type);
      }
    }
  }

  get body() { return this.#stream; }
  get bodyUsed() { return this.#used || (this.#stream !== null && !!this.#stream._disturbed); }

  async #consume() {
    if (this.bodyUsed || this.#stream?.locked) {
      throw new TypeError('Body is unusable: Body has already been read');
    }
    if (this.#stream === null) {
      return Buffer.alloc(0);
    }
    this.#used = true;
    const parts = [];
    for await (const part of this.#stream) {
      if (!(part instanceof Uint8Array)) {
        throw new TypeError('Received non-Uint8Array chunk');
      }
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  async arrayBuffer() { return new Uint8Array(await this.#consume()).buffer; }
  async bytes() { return new Uint8Array(await this.#consume()); }
  async blob() { return new Blob([await this.#consume()], { type: mimeOf(this.#headers)?.toString() ?? '' }); }
  async text() { return new globalThis.TextDecoder().decode(await this.#consume()); }
  async json() { return JSON.parse(await this.text()); }
  async formData() {
    const mime = mimeOf(this.#headers);
    if (mime?.essence === 'multipart/form-data') {
      const form = decodeForm(await this.#consume(), mime.params.get('boundary') ?? '');
      if (form === undefined) {
        throw new TypeError('Failed to parse body as FormData.');
      }
      return form;
    }
    if (mime?.essence === 'application/x-www-form-urlencoded') {
      const form = new FormData();
      for (const [name, value] of new URLSearchParams(await this.text())) {
        form.append(name, value);
      }
      return form;
    }
    throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
  }

  #take(what) {
    if (this.bodyUsed || this.#stream?.locked) {
      throw new TypeError(`${what}: Body has already been consumed.`);
    }
    if (this.#stream === null) {
      return null;
    }
    const [mine, other] = this.#stream.tee();
    this.#stream = mine;
    return other;
  }
}
