// FormData, Request and Response: what they hold, without a network to carry it.
import { Buffer, bytesOf } from './buffer.js';
import { AbortController } from './events_web.js';
import { inspect } from './inspect.js';
import { types } from './types.js';
import { URL, URLSearchParams } from './url.js';
import { Blob, File, Headers } from './web.js';
import { ReadableStream } from './web_streams.js';

const custom = Symbol.for('nodejs.util.inspect.custom');

export class FormData {
  #entries = [];

  static #entry(name, value, filename) {
    if (value instanceof Blob) {
      value = value instanceof File && filename === undefined ? value : new File([value], filename ?? value.name ?? 'blob', { type: value.type });
      return [`${name}`.toWellFormed(), value];
    }
    return [`${name}`.toWellFormed(), `${value}`.toWellFormed()];
  }

  append(name, value, filename) { this.#entries.push(FormData.#entry(name, value, filename)); }
  set(name, value, filename) {
    const entry = FormData.#entry(name, value, filename);
    const at = this.#entries.findIndex(([each]) => each === entry[0]);
    if (at < 0) {
      this.#entries.push(entry);
    } else {
      this.#entries = this.#entries.filter(([each], i) => i <= at || each !== entry[0]);
      this.#entries[at] = entry;
    }
  }
  get(name) { return this.#entries.find(([each]) => each === `${name}`)?.[1] ?? null; }
  getAll(name) { return this.#entries.filter(([each]) => each === `${name}`).map(([, value]) => value); }
  has(name) { return this.#entries.some(([each]) => each === `${name}`); }
  delete(name) { this.#entries = this.#entries.filter(([each]) => each !== `${name}`); }
  forEach(callback, self) { this.#entries.forEach(([name, value]) => callback.call(self, value, name, this)); }
  * entries() { yield* this.#entries; }
  * keys() { for (const [name] of this.#entries) { yield name; } }
  * values() { for (const [, value] of this.#entries) { yield value; } }
}
Object.defineProperty(FormData.prototype, Symbol.iterator, { value: FormData.prototype.entries, writable: true, configurable: true });

// What a body is made of, and the type that it implies.
function extract(body) {
  if (typeof body === 'string') {
    return { bytes: Buffer.from(body), type: 'text/plain;charset=UTF-8' };
  }
  if (body instanceof URLSearchParams) {
    return { bytes: Buffer.from(String(body)), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  if (body instanceof Blob) {
    return { source: body.stream(), type: body.type || null };
  }
  if (body instanceof FormData) {
    return multipart(body);
  }
  if (body instanceof ReadableStream) {
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

function multipart(form) {
  const boundary = `----formdata-undici-0${Math.floor(Math.random() * 1e11)}`.slice(0, 32);
  const quoted = (text) => text.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
  const source = new ReadableStream({
    async start(controller) {
      for (const [name, value] of form) {
        let head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
        if (typeof value === 'string') {
          controller.enqueue(Buffer.from(`${head}\r\n\r\n${value.replace(/\r?\n|\r/g, '\r\n')}\r\n`));
        } else {
          head += `; filename="${quoted(value.name)}"\r\nContent-Type: ${value.type || 'application/octet-stream'}\r\n\r\n`;
          controller.enqueue(Buffer.concat([Buffer.from(head), Buffer.from(await value.arrayBuffer()), Buffer.from('\r\n')]));
        }
      }
      controller.enqueue(Buffer.from(`--${boundary}--\r\n`));
      controller.close();
    },
  });
  return { source, type: `multipart/form-data; boundary=${boundary}` };
}

class Body {
  #stream = null;
  #used = false;
  #headers;

  constructor(body, headers) {
    this.#headers = headers;
    if (body !== null && body !== undefined) {
      const { bytes, source, type } = extract(body);
      this.#stream = source ?? new ReadableStream({ start(controller) {
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

  async #bytes() {
    if (this.bodyUsed || this.#stream?.locked) {
      throw new TypeError('Body is unusable: Body has already been read');
    }
    if (this.#stream === null) {
      return Buffer.alloc(0);
    }
    this.#used = true;
    const parts = [];
    for await (const part of this.#stream) {
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  async arrayBuffer() { return new Uint8Array(await this.#bytes()).buffer; }
  async bytes() { return new Uint8Array(await this.#bytes()); }
  async blob() { return new Blob([await this.#bytes()], { type: this.#headers.get('content-type') ?? '' }); }
  async text() { return new globalThis.TextDecoder().decode(await this.#bytes()); }
  async json() { return JSON.parse(await this.text()); }
  async formData() {
    const text = await this.text();
    const form = new FormData();
    for (const [name, value] of new URLSearchParams(text)) {
      form.append(name, value);
    }
    return form;
  }

  take() {
    if (this.bodyUsed) {
      throw new TypeError('Response.clone: Body has already been consumed.');
    }
    if (this.#stream === null) {
      return null;
    }
    const [mine, other] = this.#stream.tee();
    this.#stream = mine;
    return other;
  }
}
const { take } = Body.prototype;
delete Body.prototype.take;

const nullBody = [101, 204, 205, 304];

export class Response extends Body {
  #state;

  constructor(body = null, init = {}) {
    const status = init.status ?? 200;
    if (!(status >= 200 && status <= 599)) {
      throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    }
    const headers = new Headers(init.headers);
    if (body !== null && nullBody.includes(status)) {
      throw new TypeError(`Response constructor: Invalid response status code ${status}`);
    }
    super(body, headers);
    this.#state = { status, statusText: `${init.statusText ?? ''}`, headers, type: 'default', url: '' };
  }

  get type() { return this.#state.type; }
  get url() { return this.#state.url; }
  get redirected() { return false; }
  get status() { return this.#state.status; }
  get ok() { return this.#state.status >= 200 && this.#state.status <= 299; }
  get statusText() { return this.#state.statusText; }
  get headers() { return this.#state.headers; }
  clone() {
    const copy = new Response(take.call(this), { status: this.status, statusText: this.statusText, headers: this.headers });
    copy.#state.type = this.type;
    return copy;
  }

  static error() {
    const response = new Response();
    Object.assign(response.#state, { type: 'error', status: 0 });
    return response;
  }
  static json(data, init = {}) {
    const text = JSON.stringify(data);
    if (text === undefined) {
      throw new TypeError('Value is not JSON serializable');
    }
    const headers = new Headers(init.headers);
    if (!headers.has('content-type')) {
      headers.set('content-type', 'application/json');
    }
    return new Response(text, { ...init, headers });
  }
  static redirect(url, status = 302) {
    const response = new Response(null, { headers: { location: new URL(url).href } });
    response.#state.status = status;
    return response;
  }

  [custom](depth, options) {
    const { status, statusText, headers, type, url } = this.#state;
    return `Response ${inspect({ status, statusText, headers, body: this.body, bodyUsed: this.bodyUsed, ok: this.ok, redirected: false, type, url },
      { ...options, depth: options.depth === null ? null : (options.depth ?? 2) - 1 })}`;
  }
}

export class Request extends Body {
  #state;

  constructor(input, init = {}) {
    const from = input instanceof Request ? input : undefined;
    let url;
    try {
      url = from ? from.url : new URL(input).href;
    } catch (cause) {
      throw new TypeError(`Failed to parse URL from ${input}`, { cause });
    }
    let method = `${init.method ?? from?.method ?? 'GET'}`;
    if (/^(delete|get|head|options|post|put)$/i.test(method)) {
      method = method.toUpperCase();
    }
    const headers = new Headers(init.headers ?? from?.headers);
    const body = init.body ?? (from && from.body !== null ? take.call(from) : null);
    if (body !== null && (method === 'GET' || method === 'HEAD')) {
      throw new TypeError('Request with GET/HEAD method cannot have body.');
    }
    super(body, headers);
    this.#state = { url, method, headers, signal: init.signal ?? from?.signal ?? new AbortController().signal, init: { ...init } };
  }

  get method() { return this.#state.method; }
  get url() { return this.#state.url; }
  get headers() { return this.#state.headers; }
  get signal() { return this.#state.signal; }
  get destination() { return ''; }
  get referrer() { return 'about:client'; }
  get referrerPolicy() { return this.#state.init.referrerPolicy ?? ''; }
  get mode() { return this.#state.init.mode ?? 'cors'; }
  get credentials() { return this.#state.init.credentials ?? 'same-origin'; }
  get cache() { return this.#state.init.cache ?? 'default'; }
  get redirect() { return this.#state.init.redirect ?? 'follow'; }
  get integrity() { return this.#state.init.integrity ?? ''; }
  get keepalive() { return !!this.#state.init.keepalive; }
  get duplex() { return 'half'; }
  clone() { return new Request(this); }
}
for (const Class of [FormData, Response, Request]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}
