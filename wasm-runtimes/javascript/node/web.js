// The rest of the web's globals: text encoding, structuredClone, Blob, Headers, performance.
import native, { encodings } from './native.js';
import { Buffer, bytesOf } from './buffer.js';
import { codes } from './errors.js';
import { inspect } from './inspect.js';
import { types } from './types.js';
import { EventTarget } from './events_web.js';
export { TextDecoder } from './text_decoder.js';

const custom = Symbol.for('nodejs.util.inspect.custom');

export class TextEncoder {
  get encoding() { return 'utf-8'; }
  encode(text = '') { return native.encode(`${text}`, encodings.utf8); }
  encodeInto(text, target) {
    let read = 0;
    let written = 0;
    for (const character of text) {
      const bytes = native.encode(character, encodings.utf8);
      if (written + bytes.length > target.length) {
        break;
      }
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
  get [Symbol.toStringTag]() { return 'TextEncoder'; }
  [custom](depth, options) {
    if (depth < 0) {
      return this;
    }
    return inspect({ encoding: this.encoding }, options);
  }
}

const uncloneable = (value) => {
  let text = typeof value === 'symbol' ? value.toString() : typeof value === 'function' ? `${value}` : '#<Object>';
  if (typeof value === 'object') {
    text = `#<${value.constructor?.name ?? 'Object'}>`;
  }
  return new DOMException(`${text} could not be cloned.`, 'DataCloneError');
};
const errorNames = ['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'];

export function structuredClone(value, options) {
  if (arguments.length === 0) {
    throw new TypeError('The value argument must be specified');
  }
  const seen = new Map();
  const transfer = new Set(options?.transfer ?? []);

  function clone(value) {
    if (typeof value === 'symbol' || typeof value === 'function') {
      throw uncloneable(value);
    }
    if (value === null || typeof value !== 'object') {
      return value;
    }
    if (seen.has(value)) {
      return seen.get(value);
    }
    const made = (copy) => {
      seen.set(value, copy);
      return copy;
    };
    const name = types.isProxy(value) ? 'Proxy' : native.className(value);
    switch (name) {
      case 'Boolean': case 'Number': case 'String': case 'BigInt':
        return made(Object(value.valueOf()));
      case 'Date':
        return made(new Date(value.getTime()));
      case 'RegExp':
        return made(new RegExp(value.source, value.flags));
      case 'ArrayBuffer':
        return made(transfer.has(value) ? value.transfer() : value.slice(0));
      case 'DataView':
        return made(new DataView(clone(value.buffer), value.byteOffset, value.byteLength));
      case 'Map': {
        const copy = made(new Map());
        for (const [key, each] of [...value]) {
          copy.set(clone(key), clone(each));
        }
        return copy;
      }
      case 'Set': {
        const copy = made(new Set());
        for (const each of [...value]) {
          copy.add(clone(each));
        }
        return copy;
      }
      case 'Error': {
        const kind = errorNames.includes(value.name) ? value.name : 'Error';
        const copy = made(Object.create(globalThis[kind].prototype));
        const error = Reflect.construct(Error, [], globalThis[kind]);
        seen.set(value, error);
        void copy;
        for (const key of ['stack', 'message', 'cause']) {
          const own = Object.getOwnPropertyDescriptor(value, key);
          if (own && 'value' in own) {
            Object.defineProperty(error, key, {
              value: key === 'cause' ? clone(own.value) : `${own.value}`, writable: true, configurable: true, enumerable: false,
            });
          }
        }
        return error;
      }
      case 'Array': {
        const copy = made(new Array(value.length));
        for (const key of Object.keys(value)) {
          copy[key] = clone(value[key]);
        }
        return copy;
      }
      case 'Promise': case 'WeakMap': case 'WeakSet': case 'WeakRef': case 'Proxy': case 'Generator': case 'Symbol':
      case 'Map Iterator': case 'Set Iterator': case 'Array Iterator':
        if (name === 'Proxy' || name === 'Generator' || name.endsWith('Iterator')) {
          throw new DOMException(`#<${name === 'Proxy' ? 'Object' : name}> could not be cloned.`, 'DataCloneError');
        }
        throw uncloneable(value);
      default:
    }
    if (types.isTypedArray(value)) {
      const Kind = globalThis[Object.prototype.toString.call(value).slice(8, -1)];
      return made(new Kind(clone(value.buffer), value.byteOffset, value.length));
    }
    const copy = made({});
    for (const key of Object.keys(value)) {
      copy[key] = clone(value[key]);
    }
    return copy;
  }
  return clone(value);
}

// A blob's bytes, at once.
export let blobBytes;

export class Blob {
  #bytes;
  #type;

  static { blobBytes = (blob) => blob.#bytes; }

  constructor(parts = [], options = {}) {
    if (parts === null || typeof parts !== 'object' || typeof parts[Symbol.iterator] !== 'function') {
      throw codes.ERR_INVALID_ARG_TYPE('sources', 'a sequence', parts);
    }
    this.#bytes = Buffer.concat([...parts].map((part) =>
      (part instanceof Blob ? part.#bytes : bytesOf(part) ?? native.encode(`${part}`, encodings.utf8))));
    const type = `${options.type ?? ''}`;
    this.#type = /[^\x20-\x7e]/.test(type) ? '' : type.toLowerCase();
  }

  get size() { return this.#bytes.length; }
  get type() { return this.#type; }
  slice(start, end, type = '') { return new Blob([this.#bytes.subarray(start, end)], { type }); }
  async text() { return this.#bytes.toString(); }
  async arrayBuffer() { return new Uint8Array(this.#bytes).buffer; }
  stream() {
    const bytes = this.#bytes;
    return new globalThis.ReadableStream({ start(controller) {
      if (bytes.length > 0) {
        controller.enqueue(new Uint8Array(bytes));
      }
      controller.close();
    } });
  }
  get [Symbol.toStringTag]() { return 'Blob'; }
  [custom](depth, options) {
    return depth < 0 ? this : `${this.constructor.name} ${inspect({ size: this.size, type: this.type }, options)}`;
  }
}

export class File extends Blob {
  #name;
  #modified;
  constructor(parts, name, options = {}) {
    super(parts, options);
    this.#name = `${name}`;
    this.#modified = options.lastModified ?? Date.now();
  }
  get name() { return this.#name; }
  get lastModified() { return this.#modified; }
  get [Symbol.toStringTag]() { return 'File'; }
  [custom](depth, options) {
    return `File ${inspect({ size: this.size, type: this.type, name: this.name, lastModified: this.lastModified }, options)}`;
  }
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const isByteString = (text) => !/[^\x00-\xff]/.test(text);

// Makes headers unchangeable, and gives all lines with the names as they were given.
export let freezeHeaders;
export let headerLines;

export class Headers {
  #values = new Map(); // by name in lower case: the name as it was first given, and the values
  #immutable = false;

  static {
    freezeHeaders = (headers) => { headers.#immutable = true; };
    headerLines = (headers) => [...headers.#values.values()].flatMap(({ name, list }) =>
      (name === 'set-cookie' ? list.map((value) => [name, value]) : [[name, list.join(name.toLowerCase() === 'cookie' ? '; ' : ', ')]]));
  }

  constructor(init) {
    if (init === undefined) {
      return;
    }
    if (init === null || typeof init !== 'object') {
      throw new TypeError('Headers constructor: Argument 1 could not be converted to one of: sequence<sequence<ByteString>>, record<ByteString, ByteString>.');
    }
    if (typeof init[Symbol.iterator] === 'function') {
      for (const pair of init) {
        const entry = [...pair];
        if (entry.length !== 2) {
          throw new TypeError(`Headers constructor: expected name/value pair to be length 2, found ${entry.length}.`);
        }
        this.append(...entry);
      }
      return;
    }
    for (const key of Object.keys(init)) {
      this.append(key, init[key]);
    }
  }

  static #check(method, values, count) {
    if (values.length < count) {
      throw new TypeError(`Headers.${method}: ${count} argument${count > 1 ? 's' : ''} required, but${
        values.length === 0 ? '' : ' only'} ${values.length} found.`);
    }
    const name = `${values[0]}`;
    if (!headerName.test(name)) {
      throw new TypeError(`Headers.${method}: ${inspect(name).replace(/^'|'$/g, '"')} is an invalid header ${method === 'append' || method === 'set' ? 'name' : 'name'}.`);
    }
    if (count < 2) {
      return [name];
    }
    const value = `${values[1]}`;
    if (!isByteString(value)) {
      const at = [...value].findIndex((character) => character > '\xff');
      throw new TypeError(`Cannot convert argument to a ByteString because the character at index ${at} has a value of ${value.charCodeAt(at)} which is greater than 255.`);
    }
    const normal = value.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
    if (/[\0\n\r]/.test(normal)) {
      throw new TypeError(`Headers.${method}: "${value}" is an invalid header value.`);
    }
    return [name, normal];
  }

  #checkChange(method, values, count) {
    const checked = Headers.#check(method, values, count);
    if (this.#immutable) {
      throw new TypeError('immutable');
    }
    return checked;
  }

  append(...values) {
    const [name, value] = this.#checkChange('append', values, 2);
    const known = this.#values.get(name.toLowerCase());
    if (known === undefined) {
      this.#values.set(name.toLowerCase(), { name: name.toLowerCase() === 'set-cookie' ? 'set-cookie' : name, list: [value] });
    } else {
      known.list.push(value);
    }
  }
  set(...values) {
    const [name, value] = this.#checkChange('set', values, 2);
    this.#values.set(name.toLowerCase(), { name, list: [value] });
  }
  get(...values) { return this.#values.get(Headers.#check('get', values, 1)[0].toLowerCase())?.list.join(', ') ?? null; }
  has(...values) { return this.#values.has(Headers.#check('has', values, 1)[0].toLowerCase()); }
  delete(...values) { this.#values.delete(this.#checkChange('delete', values, 1)[0].toLowerCase()); }
  getSetCookie() { return [...this.#values.get('set-cookie')?.list ?? []]; }
  forEach(callback, self) {
    for (const [name, value] of this) {
      callback.call(self, value, name, this);
    }
  }
  * entries() {
    for (const name of [...this.#values.keys()].sort()) {
      const { list } = this.#values.get(name);
      if (name === 'set-cookie') {
        for (const value of list) {
          yield [name, value];
        }
      } else {
        yield [name, list.join(', ')];
      }
    }
  }
  * keys() { for (const [name] of this.entries()) { yield name; } }
  * values() { for (const [, value] of this.entries()) { yield value; } }
  get [Symbol.toStringTag]() { return 'Headers'; }
  [custom](depth, options) {
    const shown = Object.fromEntries([...this.#values.values()].map(({ name, list }) => [name, list.join(', ')]));
    return `Headers ${inspect(shown, { ...options, depth: options.depth ?? 2 })}`;
  }
}
Object.defineProperty(Headers.prototype, Symbol.iterator, { value: Headers.prototype.entries, writable: true, configurable: true });

// performance
const entries = [];
const origin = {};
const sinceStart = () => (native.monotonic() - 1e9) / 1e6;

class PerformanceEntry {
  constructor(name, entryType, startTime, duration, detail) {
    Object.assign(this, { name, entryType, startTime, duration, detail });
  }
  toJSON() { return { ...this }; }
}
class PerformanceMark extends PerformanceEntry {}
class PerformanceMeasure extends PerformanceEntry {}

class Performance extends EventTarget {
  now() { return sinceStart(); }
  get timeOrigin() { return origin.time ??= native.realtime() / 1e6 - sinceStart(); }
  mark(name, options) {
    const entry = new PerformanceMark(`${name}`, 'mark', options?.startTime ?? sinceStart(), 0, options?.detail ?? null);
    entries.push(entry);
    return entry;
  }
  measure(name, startOrOptions, end) {
    const at = (mark, missing) => {
      if (mark === undefined) {
        return missing;
      }
      if (typeof mark === 'number') {
        return mark;
      }
      const found = entries.findLast((entry) => entry.name === mark);
      if (found === undefined) {
        throw new DOMException(`The "${mark}" performance mark has not been set`, 'SyntaxError');
      }
      return found.startTime;
    };
    const options = typeof startOrOptions === 'object' && startOrOptions !== null ? startOrOptions : { start: startOrOptions, end };
    const start = at(options.start, 0);
    const finish = at(options.end, options.duration === undefined ? sinceStart() : start + options.duration);
    const entry = new PerformanceMeasure(`${name}`, 'measure', start, finish - start, options.detail ?? null);
    entries.push(entry);
    return entry;
  }
  clearMarks(name) { clear('mark', name); }
  clearMeasures(name) { clear('measure', name); }
  getEntries() { return [...entries]; }
  getEntriesByName(name) { return entries.filter((entry) => entry.name === name); }
  getEntriesByType(type) { return entries.filter((entry) => entry.entryType === type); }
  timerify(callback) { return callback; }
  eventLoopUtilization() { return { idle: 0, active: 0, utilization: 0 }; }
  toJSON() { return { timeOrigin: this.timeOrigin }; }
  get [Symbol.toStringTag]() { return 'Performance'; }
}
function clear(type, name) {
  for (let i = entries.length - 1; i >= 0; i--) {
    if (entries[i].entryType === type && (name === undefined || entries[i].name === name)) {
      entries.splice(i, 1);
    }
  }
}
export const performance = new Performance();
export { Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure };
