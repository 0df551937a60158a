// Buffer: the npm package's, with its text conversions in C, node's errors, and what it lacks.
import native, { encodings } from './native.js';
import { Buffer, INSPECT_MAX_BYTES, SlowBuffer } from 'buffer';
import { codes } from './errors.js';
import { inspect } from './inspect.js';
import { types } from './types.js';

const encodingNames = {
  __proto__: null, 'utf8': 'utf8', 'utf-8': 'utf8', 'ucs2': 'utf16le', 'ucs-2': 'utf16le', 'utf16le': 'utf16le',
  'utf-16le': 'utf16le', 'latin1': 'latin1', 'binary': 'latin1', 'ascii': 'ascii', 'hex': 'hex', 'base64': 'base64',
  'base64url': 'base64url',
};

// As node on a machine of 64 bits; the engine's own limit shows as want of memory.
export const kMaxLength = 2 ** 32;

export function normalizeEncoding(name) {
  if (name === undefined || name === null || name === '') {
    return 'utf8';
  }
  return encodingNames[name] ?? encodingNames[`${name}`.toLowerCase()];
}

function encodingNumber(name) {
  const normal = normalizeEncoding(name);
  if (normal === undefined) {
    throw codes.ERR_UNKNOWN_ENCODING(name);
  }
  return encodings[normal];
}

const asBuffer = (bytes) => Object.setPrototypeOf(bytes, Buffer.prototype);
const { from: fromAny, concat: packageConcat } = Buffer;
const isView = ArrayBuffer.isView;

function define(target, methods) {
  for (const name of Object.keys(methods)) {
    Object.defineProperty(target, name, { value: methods[name], writable: true, configurable: true, enumerable: target !== Buffer.prototype ? true : true });
  }
}

export function bytesOf(value, encoding) {
  if (typeof value === 'string') {
    return native.encode(value, encodingNumber(encoding));
  }
  if (types.isAnyArrayBuffer(value)) {
    return new Uint8Array(value);
  }
  if (isView(value)) {
    return types.isUint8Array(value) ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return undefined;
}

function checkSize(size) {
  if (typeof size !== 'number') {
    throw codes.ERR_INVALID_ARG_TYPE('size', 'number', size);
  }
  if (!(size >= 0 && size <= kMaxLength)) {
    throw codes.ERR_OUT_OF_RANGE('size', `>= 0 && <= ${kMaxLength}`, size);
  }
}

const { fill } = Buffer.prototype;

define(Buffer, {
  from: function from(value, encodingOrOffset, length) {
    if (typeof value === 'string') {
      return asBuffer(native.encode(value, encodingNumber(encodingOrOffset)));
    }
    if (typeof value === 'object' && value !== null) {
      if (types.isAnyArrayBuffer(value)) {
        const offset = encodingOrOffset === undefined ? 0 : Number.isNaN(+encodingOrOffset) ? 0 : +encodingOrOffset;
        const most = value.byteLength - offset;
        if (most < 0) {
          throw codes.ERR_BUFFER_OUT_OF_BOUNDS('offset');
        }
        if (length !== undefined) {
          length = +length > 0 ? +length : 0;
          if (length > most) {
            throw codes.ERR_BUFFER_OUT_OF_BOUNDS('length');
          }
        }
        return asBuffer(new Uint8Array(value, offset, length ?? most));
      }
      if (types.isTypedArray(value) || Array.isArray(value)) {
        return asBuffer(Uint8Array.from(value));
      }
      const primitive = value.valueOf?.();
      if (primitive !== null && primitive !== undefined && primitive !== value &&
          (typeof primitive === 'string' || typeof primitive === 'object')) {
        return from(primitive, encodingOrOffset, length);
      }
      if (value.length !== undefined || types.isAnyArrayBuffer(value.buffer)) {
        return typeof value.length === 'number' && value.length > 0
          ? asBuffer(Uint8Array.from(Array.prototype.slice.call(value))) : Buffer.alloc(0);
      }
      if (value.type === 'Buffer' && Array.isArray(value.data)) {
        return asBuffer(Uint8Array.from(value.data));
      }
      if (typeof value[Symbol.toPrimitive] === 'function') {
        const text = value[Symbol.toPrimitive]('string');
        if (typeof text === 'string') {
          return from(text, encodingOrOffset);
        }
      }
    }
    throw codes.ERR_INVALID_ARG_TYPE('first argument',
      ['string', 'Buffer', 'ArrayBuffer', 'Array', 'an Array-like Object'], value);
  },
  alloc(size, value, encoding) {
    checkSize(size);
    const buffer = asBuffer(new Uint8Array(size));
    return value !== undefined && value !== 0 && size > 0 ? buffer.fill(value, encoding) : buffer;
  },
  allocUnsafe(size) {
    checkSize(size);
    return asBuffer(new Uint8Array(size));
  },
  allocUnsafeSlow(size) {
    checkSize(size);
    return asBuffer(new Uint8Array(size));
  },
  isEncoding(name) {
    return typeof name === 'string' && name.length !== 0 && normalizeEncoding(name) !== undefined;
  },
  isBuffer(value) {
    return value instanceof Buffer;
  },
  byteLength(value, encoding) {
    if (typeof value !== 'string') {
      if (isView(value) || types.isAnyArrayBuffer(value)) {
        return value.byteLength;
      }
      throw codes.ERR_INVALID_ARG_TYPE('string', ['string', 'Buffer', 'ArrayBuffer'], value);
    }
    switch (normalizeEncoding(encoding)) {
      case 'utf16le': return value.length * 2;
      case 'latin1':
      case 'ascii': return value.length;
      case 'hex': return value.length >>> 1;
      case 'base64':
      case 'base64url': {
        let length = value.length;
        while (length > 0 && value[length - 1] === '=') {
          length--;
        }
        return Math.floor(length * 3 / 4);
      }
      default: return native.utf8Length(value);
    }
  },
  concat(list, length) {
    if (!Array.isArray(list)) {
      throw codes.ERR_INVALID_ARG_TYPE('list', 'Array', list);
    }
    for (let i = 0; i < list.length; i++) {
      if (!types.isUint8Array(list[i])) {
        throw codes.ERR_INVALID_ARG_TYPE(`list[${i}]`, ['Buffer', 'Uint8Array'], list[i]);
      }
    }
    if (length === undefined) {
      length = list.reduce((sum, each) => sum + each.length, 0);
    }
    const result = Buffer.allocUnsafe(length);
    let at = 0;
    for (let part of list) {
      if (at + part.length > length) {
        part = part.subarray(0, length - at);
      }
      result.set(part, at);
      at += part.length;
    }
    return result;
  },
  compare(a, b) {
    for (const [value, name] of [[a, 'buf1'], [b, 'buf2']]) {
      if (!types.isUint8Array(value)) {
        throw codes.ERR_INVALID_ARG_TYPE(name, ['Buffer', 'Uint8Array'], value);
      }
    }
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i++) {
      if (a[i] !== b[i]) {
        return a[i] < b[i] ? -1 : 1;
      }
    }
    return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
  },
});
Buffer.poolSize = 8192;

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

function slice(encoding) {
  return function slice(start = 0, end = this.length) {
    return native.decode(this, encodings[encoding], start, end, false);
  };
}

function write(encoding) {
  return function write(text, offset = 0, length = this.length - offset) {
    return put(this, text, encodings[encoding], offset, length);
  };
}

function put(buffer, text, encoding, offset, length) {
  let bytes = native.encode(text, encoding);
  const room = Math.min(length, buffer.length - offset);
  if (bytes.length > room) {
    // Never half a character.
    let most = room;
    if (encoding === encodings.utf8) {
      while (most > 0 && (bytes[most] & 0xc0) === 0x80) {
        most--;
      }
    } else if (encoding === encodings.utf16le) {
      most &= ~1;
    }
    bytes = bytes.subarray(0, most);
  }
  buffer.set(bytes, offset);
  return bytes.length;
}

function checkRange(buffer, offset, end) {
  for (const [name, value] of [['offset', offset], ['end', end]]) {
    if (value !== undefined && typeof value !== 'number') {
      throw codes.ERR_INVALID_ARG_TYPE(name, 'number', value);
    }
    if (value !== undefined && !(value >= 0 && value <= buffer.length)) {
      throw codes.ERR_OUT_OF_RANGE(name, `>= 0 && <= ${buffer.length}`, value);
    }
  }
}

const methods = {
  toString(encoding, start = 0, end = this.length) {
    const number = encodingNumber(encoding);
    start = start > 0 ? Math.trunc(start) : 0;
    end = end === undefined ? this.length : Math.trunc(end) || 0;
    return native.decode(this, number, start, end, false);
  },
  write(text, offset, length, encoding) {
    if (typeof offset === 'string') {
      return put(this, text, encodingNumber(offset), 0, this.length);
    }
    if (typeof length === 'string') {
      encoding = length;
      length = undefined;
    }
    if (typeof text !== 'string') {
      throw codes.ERR_INVALID_ARG_TYPE('argument', 'string', text);
    }
    offset ??= 0;
    if (offset < 0 || offset > this.length) {
      throw codes.ERR_OUT_OF_RANGE('offset', `>= 0 && <= ${this.length}`, offset);
    }
    return put(this, text, encodingNumber(encoding), offset, length ?? this.length);
  },
  toJSON() {
    return { type: 'Buffer', data: Array.from(this) };
  },
  fill(value, offset, end, encoding) {
    if (typeof value === 'string') {
      if (typeof offset === 'string') {
        encoding = offset;
        offset = undefined;
      } else if (typeof end === 'string') {
        encoding = end;
        end = undefined;
      }
      const bytes = native.encode(value, encodingNumber(encoding));
      if (bytes.length === 0 && value.length > 0) {
        throw codes.ERR_INVALID_ARG_VALUE('value', value);
      }
      checkRange(this, offset, end);
      return fill.call(this, bytes.length === 0 ? 0 : asBuffer(bytes), offset ?? 0, end ?? this.length);
    }
    Uint8Array.prototype.fill.call(this, 0, 0, 0);
    if (typeof value === 'number' || typeof value === 'boolean') {
      return Uint8Array.prototype.fill.call(this, value & 255, offset, end);
    }
    return fill.call(this, value, offset ?? 0, end ?? this.length);
  },
  equals(other) {
    if (!types.isUint8Array(other)) {
      throw codes.ERR_INVALID_ARG_TYPE('otherBuffer', ['Buffer', 'Uint8Array'], other);
    }
    return this === other || (this.length === other.length && Buffer.compare(this, other) === 0);
  },
  subarray(start, end) {
    return asBuffer(Uint8Array.prototype.subarray.call(this, start, end));
  },
  slice(start, end) {
    return asBuffer(Uint8Array.prototype.subarray.call(this, start, end));
  },
  [inspectCustom](depth, context) {
    const most = Math.min(INSPECT_MAX_BYTES, this.length);
    let text = native.decode(this, encodings.hex, 0, most, false).replace(/(.{2})/g, '$1 ').trim();
    if (this.length > most) {
      const more = this.length - most;
      text += ` ... ${more} more byte${more > 1 ? 's' : ''}`;
    }
    const extras = Object.keys(this).filter((key) => !/^\d+$/.test(key));
    if (context && extras.length > 0) {
      const object = Object.fromEntries(extras.map((key) => [key, this[key]]));
      Object.setPrototypeOf(object, null);
      const shown = inspect(object, { ...context, breakLength: Infinity, compact: true });
      text += `${text.length > 0 ? ', ' : ''}${shown.slice('[Object: null prototype] { '.length, -2)}`;
    }
    return `<${this.constructor.name} ${text}>`;
  },
};
methods.toLocaleString = methods.toString;
methods.inspect = methods[inspectCustom];
for (const name of ['utf8', 'latin1', 'ascii', 'hex', 'base64', 'base64url', 'ucs2']) {
  methods[`${name}Slice`] = slice(name === 'ucs2' ? 'utf16le' : name);
  methods[`${name}Write`] = write(name === 'ucs2' ? 'utf16le' : name);
}
define(Buffer.prototype, methods);
Object.defineProperty(Buffer.prototype, inspectCustom, {
  value: methods[inspectCustom], writable: true, configurable: true, enumerable: false,
});

// Searching, swapping and numbers of odd sizes: the package's, checked as node does.
{
  const { indexOf, lastIndexOf, fill: packageFill } = Buffer.prototype;
  const search = (name, original) => ({ [name](value, offset, encoding) {
    if (typeof value !== 'string' && typeof value !== 'number' && !types.isUint8Array(value)) {
      throw codes.ERR_INVALID_ARG_TYPE('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
    }
    if (typeof offset === 'string') {
      encoding = offset;
      offset = undefined;
    }
    if (typeof value === 'string') {
      value = asBuffer(native.encode(value, encodingNumber(encoding)));
    }
    if (value.length === 0) {
      const at = offset === undefined ? (name === 'indexOf' ? 0 : this.length) : Math.trunc(+offset) || 0;
      return Math.min(at < 0 ? Math.max(this.length + at, 0) : at, this.length);
    }
    return original.call(this, value, offset);
  } })[name];
  define(Buffer.prototype, {
    indexOf: search('indexOf', indexOf), lastIndexOf: search('lastIndexOf', lastIndexOf),
    includes(value, offset, encoding) { return this.indexOf(value, offset, encoding) !== -1; },
  });
  void packageFill;
  for (const bits of [16, 32, 64]) {
    const swap = Buffer.prototype[`swap${bits}`];
    define(Buffer.prototype, { [`swap${bits}`]() {
      if (this.length % (bits / 8) !== 0) {
        throw codes.ERR_INVALID_BUFFER_SIZE(`${bits}-bits`);
      }
      return swap.call(this);
    } });
  }
  const checkByteLength = (byteLength) => {
    if (byteLength === undefined || typeof byteLength !== 'number') {
      throw codes.ERR_INVALID_ARG_TYPE('byteLength', 'number', byteLength);
    }
    if (!Number.isInteger(byteLength)) {
      throw codes.ERR_OUT_OF_RANGE('byteLength', 'an integer', byteLength);
    }
    if (byteLength < 1 || byteLength > 6) {
      throw codes.ERR_OUT_OF_RANGE('byteLength', '>= 1 and <= 6', byteLength);
    }
  };
  for (const kind of ['UInt', 'Int']) {
    for (const order of ['LE', 'BE']) {
      const read = function read(offset, byteLength) {
        if (offset === undefined) {
          throw codes.ERR_INVALID_ARG_TYPE('offset', 'number', offset);
        }
        checkByteLength(byteLength);
        checkOffset(this, offset, byteLength);
        let value = 0;
        for (let i = 0; i < byteLength; i++) {
          value = value * 256 + this[offset + (order === 'BE' ? i : byteLength - 1 - i)];
        }
        return kind === 'Int' && value >= 2 ** (8 * byteLength - 1) ? value - 2 ** (8 * byteLength) : value;
      };
      const write = function write(value, offset, byteLength) {
        value = +value;
        checkByteLength(byteLength);
        const low = kind === 'Int' ? -(2 ** (8 * byteLength - 1)) : 0;
        const high = kind === 'Int' ? 2 ** (8 * byteLength - 1) - 1 : 2 ** (8 * byteLength) - 1;
        if (value < low || value > high) {
          const power = 8 * byteLength - (kind === 'Int' ? 1 : 0);
          const range = byteLength > 3 ? (kind === 'Int' ? `>= -(2 ** ${power}) and < 2 ** ${power}` : `>= 0 and < 2 ** ${power}`)
            : `>= ${low} and <= ${high}`;
          throw codes.ERR_OUT_OF_RANGE('value', range, value);
        }
        checkOffset(this, offset, byteLength);
        let rest = value < 0 ? value + 2 ** (8 * byteLength) : value;
        for (let i = 0; i < byteLength; i++) {
          this[offset + (order === 'LE' ? i : byteLength - 1 - i)] = rest % 256;
          rest = Math.floor(rest / 256);
        }
        return offset + byteLength;
      };
      for (const name of kind === 'UInt' ? ['UInt', 'Uint'] : ['Int']) {
        define(Buffer.prototype, { [`read${name}${order}`]: read, [`write${name}${order}`]: write });
      }
    }
  }
}

// Bounds and types of numbers as node checks them.
function checkOffset(buffer, offset, size) {
  if (typeof offset !== 'number') {
    throw codes.ERR_INVALID_ARG_TYPE('offset', 'number', offset);
  }
  if (!Number.isInteger(offset)) {
    throw codes.ERR_OUT_OF_RANGE('offset', 'an integer', offset);
  }
  const most = buffer.length - size;
  if (most < 0) {
    throw codes.ERR_BUFFER_OUT_OF_BOUNDS();
  }
  if (offset < 0 || offset > most) {
    throw codes.ERR_OUT_OF_RANGE('offset', `>= 0 and <= ${most}`, offset);
  }
}

function viewOf(buffer) {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function accessors(name, size, getter, setter, range) {
  for (const [suffix, little] of size === 1 ? [['', true]] : [['LE', true], ['BE', false]]) {
    const names = [`${name}${suffix}`];
    if (name.startsWith('UInt')) {
      names.push(names[0].replace('UInt', 'Uint'));
    } else if (name === 'BigUInt64') {
      names.push(`BigUint64${suffix}`);
    }
    const read = function read(offset = 0) {
      checkOffset(this, offset, size);
      return viewOf(this)[getter](offset, little);
    };
    const write = function write(value, offset = 0) {
      if (range) {
        value = typeof range[0] === 'bigint' ? value : +value;
        if (value < range[0] || value > range[1]) {
          throw codes.ERR_OUT_OF_RANGE('value', range[2], value);
        }
      }
      checkOffset(this, offset, size);
      viewOf(this)[setter](offset, value, little);
      return offset + size;
    };
    for (const each of names) {
      define(Buffer.prototype, { [`read${each}`]: read, [`write${each}`]: write });
    }
  }
}
function bounded(bits, signed) {
  const n = signed ? '' : '';
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  let text = bits <= 8 || (signed ? bits <= 16 : bits <= 16) ? `>= ${low} and <= ${high}` : undefined;
  text ??= signed ? `>= -(2 ** ${bits - 1}) and < 2 ** ${bits - 1}` : `>= 0 and <= ${high}`;
  if (bits === 32) {
    text = signed ? '>= -2_147_483_648 and <= 2_147_483_647' : '>= 0 and <= 4_294_967_295';
    text = text.replace(/_/g, '');
  }
  return [low, high, text + n];
}
accessors('UInt8', 1, 'getUint8', 'setUint8', bounded(8, false));
accessors('UInt16', 2, 'getUint16', 'setUint16', bounded(16, false));
accessors('UInt32', 4, 'getUint32', 'setUint32', bounded(32, false));
accessors('Int8', 1, 'getInt8', 'setInt8', bounded(8, true));
accessors('Int16', 2, 'getInt16', 'setInt16', bounded(16, true));
accessors('Int32', 4, 'getInt32', 'setInt32', bounded(32, true));
accessors('Float', 4, 'getFloat32', 'setFloat32');
accessors('Double', 8, 'getFloat64', 'setFloat64');
accessors('BigInt64', 8, 'getBigInt64', 'setBigInt64', [-(2n ** 63n), 2n ** 63n - 1n, '>= -(2n ** 63n) and < 2n ** 63n']);
accessors('BigUInt64', 8, 'getBigUint64', 'setBigUint64', [0n, 2n ** 64n - 1n, '>= 0n and < 2n ** 64n']);

export function atob(text) {
  if (arguments.length === 0) {
    throw codes.ERR_MISSING_ARGS('input');
  }
  const clean = `${text}`.replace(/[\t\n\f\r ]/g, '');
  const body = clean.length % 4 === 0 ? clean.replace(/==?$/, '') : clean;
  if (/[^A-Za-z0-9+/]/.test(body)) {
    throw new DOMException('Invalid character', 'InvalidCharacterError');
  }
  if (body.length % 4 === 1) {
    throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
  }
  const bytes = native.encode(body, encodings.base64);
  return native.decode(bytes, encodings.latin1, 0, bytes.length, false);
}

export function btoa(text) {
  if (arguments.length === 0) {
    throw codes.ERR_MISSING_ARGS('input');
  }
  text = `${text}`;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 255) {
      throw new DOMException('Invalid character', 'InvalidCharacterError');
    }
  }
  const bytes = native.encode(text, encodings.latin1);
  return native.decode(bytes, encodings.base64, 0, bytes.length, false);
}

export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 };

export function isUtf8(value) {
  const bytes = bytesOf(value);
  return bytes.length === 0 || native.decode(bytes, encodings.utf8, 0, bytes.length, true) !== null;
}

export function isAscii(value) {
  return bytesOf(value).every((byte) => byte < 128);
}

export function transcode(source, from, to) {
  return Buffer.from(Buffer.from(source).toString(from), to);
}

export { Buffer, INSPECT_MAX_BYTES, SlowBuffer, packageConcat, fromAny };
// Packages use it while the prelude is still being set up.
Object.defineProperty(globalThis, 'Buffer', { value: Buffer, writable: true, configurable: true, enumerable: false });
