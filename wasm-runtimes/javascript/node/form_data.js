// FormData, and multipart/form-data (RFC 7578) written and read.
import { Buffer } from './buffer.js';
import { blobBytes, Blob, File } from './web.js';

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

Object.defineProperty(FormData.prototype, Symbol.toStringTag, { value: 'FormData', configurable: true });

const escaped = (name) => name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');

// The bytes of a form, and their type.
export function encodeForm(form) {
  const boundary = `----formdata-undici-0${`${Math.floor(Math.random() * 1e11)}`.padStart(11, '0')}`;
  const parts = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name.replace(/\r?\n|\r/g, '\r\n'))}"`;
    if (typeof value === 'string') {
      parts.push(Buffer.from(`${head}\r\n\r\n${value.replace(/\r?\n|\r/g, '\r\n')}\r\n`));
    } else {
      const type = value.type || 'application/octet-stream';
      parts.push(Buffer.from(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`), blobBytes(value), Buffer.from('\r\n'));
    }
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return { bytes: Buffer.concat(parts), type: `multipart/form-data; boundary=${boundary}` };
}

const unescaped = (name) => name.replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%22/g, '"');

// The form that bytes of such a type hold; undefined when they hold none.
export function decodeForm(bytes, boundary) {
  const form = new FormData();
  const mark = Buffer.from(`--${boundary}`);
  let at = bytes.indexOf(mark);
  if (boundary === '' || at < 0) {
    return undefined;
  }
  for (;;) {
    at += mark.length;
    const after = bytes.toString('latin1', at, at + 2);
    if (after === '--') {
      return form;
    }
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (after !== '\r\n' || headEnd < 0) {
      return undefined;
    }
    const head = bytes.toString('utf8', at + 2, headEnd);
    const end = bytes.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), headEnd + 2);
    const disposition = /^content-disposition:[ \t]*form-data[ \t]*;(.*)$/im.exec(head)?.[1];
    const name = /(?:^|;)[ \t]*name="([^"]*)"/i.exec(disposition ?? '')?.[1];
    if (end < 0 || name === undefined) {
      return undefined;
    }
    const filename = /(?:^|;)[ \t]*filename="([^"]*)"/i.exec(disposition)?.[1];
    const content = bytes.subarray(headEnd + 4, end);
    if (filename === undefined) {
      form.append(unescaped(name), content.toString());
    } else {
      const type = /^content-type:[ \t]*(.*?)[ \t]*$/im.exec(head)?.[1] ?? 'text/plain';
      form.append(unescaped(name), new File([content], unescaped(filename), { type }));
    }
    at = end + 2;
  }
}
