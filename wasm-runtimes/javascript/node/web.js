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
    throw codes.ERR_MISSING_ARGS('The value argument must be specified');
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
    const name = native.className(value);
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

export class Blob {
  #bytes;
  #type;

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
  async bytes() { return new Uint8Array(this.#bytes); }
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

export class Headers {
  #values = new Map();

  constructor(init) {
    if (init === undefined) {
      return;
    }
    if (init === null || typeof init !== 'object') {
      throw new TypeError("Headers constructor: init given to the constructor is not one of: sequence<sequence<ByteString>>, record<ByteString, ByteString>");
    }
    for (const [name, value] of typeof init[Symbol.iterator] === 'function' ? init : Object.entries(init)) {
      this.append(name, value);
    }
  }

  static #name(name, method) {
    name = `${name}`;
    if (!headerName.test(name)) {
      throw new TypeError(`Headers.${method}: ${name} is an invalid header name.`);
    }
    return name.toLowerCase();
  }

  append(name, value) {
    const key = Headers.#name(name, 'append');
    const text = `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
    const list = this.#values.get(key);
    this.#values.set(key, list === undefined ? [text] : [...list, text]);
  }
  set(name, value) {
    this.#values.set(Headers.#name(name, 'set'), [`${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '')]);
  }
  get(name) { return this.#values.get(Headers.#name(name, 'get'))?.join(', ') ?? null; }
  has(name) { return this.#values.has(Headers.#name(name, 'has')); }
  delete(name) { this.#values.delete(Headers.#name(name, 'delete')); }
  getSetCookie() { return [...this.#values.get('set-cookie') ?? []]; }
  forEach(callback, self) {
    for (const [name, value] of this) {
      callback.call(self, value, name, this);
    }
  }
  * entries() {
    for (const name of [...this.#values.keys()].sort()) {
      const list = this.#values.get(name);
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
  [custom](depth, options) { return `Headers ${inspect(Object.fromEntries(this.entries()), options)}`; }
}
Headers.prototype[Symbol.iterator] = Headers.prototype.entries;
Object.defineProperty(Headers.prototype, Symbol.iterator, { enumerable: false });

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
