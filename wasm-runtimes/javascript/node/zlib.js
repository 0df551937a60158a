// zlib: the host deflates and inflates (see host-calls.md), the guest's own code does Brotli.
import native from './native.js';
import { Buffer, bytesOf } from './buffer.js';
import { codes, validate } from './errors.js';
import { call, concat, counted, NEEDS_DICTIONARY, TOO_LARGE, TRUNCATED, u32 } from './host.js';
import { setImmediate } from './loop.js';
import { Transform } from './stream.js';
import { constants } from './zlib_constants.js';

const COMPRESS = 6;
const DECOMPRESS = 7;
const CRC32 = 12;
const RAW = 0;
const ZLIB = 1;
const GZIP = 2;
const ANY = 3;
const LARGEST = 2 ** 32;

const nothing = new Uint8Array(0);
const decoder = (bytes) => Buffer.from(bytes).toString('latin1');

function input(data) {
  const bytes = bytesOf(data);
  if (bytes === undefined) {
    throw codes.ERR_INVALID_ARG_TYPE('buffer', ['string', 'Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], data);
  }
  return bytes;
}

const asBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const failure = (message, errno, code) => Object.assign(new Error(message), { errno, code });

function number(options, name, min, max, usual) {
  const value = options?.[name];
  if (value === undefined || Number.isNaN(value)) {
    return usual;
  }
  validate.number(value, `options.${name}`);
  if (!(value >= min && value <= max)) {
    throw codes.ERR_OUT_OF_RANGE(`options.${name}`, `>= ${min} and <= ${max}`, value);
  }
  return value;
}

// What the constructor of a stream checks, in node's order.
function common(options) {
  number(options, 'chunkSize', 64, Infinity, 16384);
  number(options, 'flush', 0, 5, 0);
  const finish = number(options, 'finishFlush', 0, 5, 4);
  return { finish, most: number(options, 'maxOutputLength', 1, LARGEST, LARGEST) };
}

function settings(options, least) {
  const { finish, most } = common(options);
  const windowBits = number(options, 'windowBits', least, 15, 15);
  const level = number(options, 'level', -1, 9, -1);
  const memLevel = number(options, 'memLevel', 1, 9, 8);
  const strategy = number(options, 'strategy', 0, 4, 0);
  let dictionary = nothing;
  if (options?.dictionary !== undefined) {
    dictionary = typeof options.dictionary === 'string' ? undefined : bytesOf(options.dictionary);
    if (dictionary === undefined) {
      throw codes.ERR_INVALID_ARG_TYPE('options.dictionary', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], options.dictionary);
    }
  }
  return { finish, most, windowBits, level: level === -1 ? 6 : Math.trunc(level), memLevel, strategy, dictionary };
}

function deflate(wrapping, data, options) {
  const { windowBits, level, memLevel, strategy, dictionary, most } = settings(options, wrapping === GZIP ? 9 : 8);
  const reply = call(COMPRESS, [Uint8Array.of(wrapping, level, windowBits, memLevel, strategy),
    ...counted(wrapping === GZIP ? nothing : dictionary), data]);
  if (reply.length > most) {
    throw codes.ERR_BUFFER_TOO_LARGE(most);
  }
  return reply;
}

function inflate(wrapping, data, options) {
  const { windowBits, dictionary, finish, most } = settings(options, 8);
  const lenient = finish !== constants.Z_FINISH;
  const reply = call(DECOMPRESS, [Uint8Array.of(wrapping, windowBits || 15, lenient ? 1 : 0), u32(Math.min(most, LARGEST - 1)),
    ...counted(dictionary), data], true);
  switch (reply) {
    case TRUNCATED: throw failure('unexpected end of file', constants.Z_BUF_ERROR, 'Z_BUF_ERROR');
    case NEEDS_DICTIONARY: throw failure('Missing dictionary', constants.Z_NEED_DICT, 'Z_NEED_DICT');
    case TOO_LARGE: throw codes.ERR_BUFFER_TOO_LARGE(most);
    default:
  }
  const wordLength = reply[0];
  if (wordLength === 0) {
    return reply.subarray(4);
  }
  const word = decoder(reply.subarray(4, 4 + wordLength));
  throw word === 'Bad dictionary' ? failure(word, constants.Z_NEED_DICT, 'Z_NEED_DICT')
    : failure(word, constants.Z_DATA_ERROR, 'Z_DATA_ERROR');
}

function brotliParameters(options, most) {
  const list = [];
  for (const key of Object.keys(options?.params ?? {})) {
    if (!(Number(key) >= 0 && Number(key) <= most)) {
      throw Object.assign(new RangeError(`${key} is not a valid Brotli parameter`), { code: 'ERR_BROTLI_INVALID_PARAM' });
    }
    const value = options.params[key];
    if (typeof value !== 'number' && typeof value !== 'boolean') {
      throw codes.ERR_INVALID_ARG_TYPE('options.params[key]', 'number', value);
    }
    list.push(Number(key), Number(value));
  }
  return list;
}

function brotliCompress(_, data, options) {
  const { most } = common(options);
  const list = brotliParameters(options, constants.BROTLI_PARAM_NDIRECT);
  const reply = native.brotliCompress(data, list, true);
  if (reply === false) {
    throw Object.assign(new Error('Initialization failed'), { code: 'ERR_ZLIB_INITIALIZATION_FAILED' });
  }
  if (reply.length > most) {
    throw codes.ERR_BUFFER_TOO_LARGE(most);
  }
  return reply;
}

function brotliDecompress(_, data, options) {
  const { most } = common(options);
  brotliParameters(options, 1);
  const lenient = options?.finishFlush !== undefined && options.finishFlush !== constants.BROTLI_OPERATION_FINISH;
  const reply = native.brotliDecompress(data, most, lenient);
  if (reply === false) {
    throw codes.ERR_BUFFER_TOO_LARGE(most);
  }
  if (reply === '') {
    throw failure('unexpected end of file', constants.Z_BUF_ERROR, 'Z_BUF_ERROR');
  }
  if (typeof reply === 'string') {
    throw failure('Decompression failed', constants[`BROTLI_DECODER_${reply.replace(/^_/, '')}`], `ERR_${reply}`);
  }
  return reply;
}

const zlib = {};
const define = (name, value) => { zlib[name] = { [name]: value }[name]; };

define('crc32', (data, value = 0) => {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
    throw codes.ERR_INVALID_ARG_TYPE('data', ['Buffer', 'TypedArray', 'DataView', 'string'], data);
  }
  validate.integer(value, 'value', 0, 2 ** 32 - 1);
  const reply = call(CRC32, [u32(value), bytesOf(data)]);
  return new DataView(reply.buffer, reply.byteOffset).getUint32(0, true);
});

const functions = {
  deflate: [deflate, ZLIB], inflate: [inflate, ZLIB], gzip: [deflate, GZIP], gunzip: [inflate, GZIP], deflateRaw: [deflate, RAW],
  inflateRaw: [inflate, RAW], unzip: [inflate, ANY], brotliCompress: [brotliCompress], brotliDecompress: [brotliDecompress],
};

// What is decompressed goes on as it comes, by decompressing all of it anew, as long as that is
// little: the host keeps nothing of a stream. Beyond that it comes with the end.
const EAGER_INPUT = 256 << 10;
const EAGER_OUTPUT = 1 << 20;

// A stream that converts what it was given, at the latest when it ends.
function makeClass(className, convert, wrapping) {
  const inflating = convert === inflate || convert === brotliDecompress;
  const partly = wrapping === undefined ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
  const Class = { [className]: function (options) {
    if (!(this instanceof Class)) {
      return new Class(options);
    }
    // Complains of the options; with nothing to convert nothing may be missing at the end.
    convert(wrapping, nothing, { ...options, finishFlush: partly });
    Transform.call(this, options);
    this.bytesWritten = 0;
    Object.defineProperty(this, '_parts', { value: [], writable: true, enumerable: false });
    Object.defineProperty(this, '_given', { value: 0, writable: true, enumerable: false });
    this._options = options;
    return undefined;
  } }[className];
  Object.setPrototypeOf(Class.prototype, Transform.prototype);
  Object.setPrototypeOf(Class, Transform);
  function give(stream, now, options, callback) {
    try {
      const result = now ? convert(wrapping, concat(stream._parts), options) : nothing;
      while (stream._given < result.length) {
        const part = result.subarray(stream._given, stream._given + 16384);
        stream._given += part.length;
        stream.push(asBuffer(part));
      }
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }
  const methods = {
    _transform(data, encoding, callback) {
      this._parts.push(Uint8Array.from(bytesOf(data, encoding === 'buffer' ? undefined : encoding)));
      this.bytesWritten += data.length;
      const eager = inflating && this.bytesWritten <= EAGER_INPUT && this._given <= EAGER_OUTPUT;
      give(this, eager, { ...this._options, finishFlush: partly }, callback);
    },
    _flush(callback) {
      give(this, true, this._options, callback);
      this._parts = [];
    },
    // What is compressed cannot be had in parts: it comes with the end.
    flush(kind, callback) {
      const done = typeof kind === 'function' ? kind : callback;
      if (done !== undefined) {
        setImmediate(done);
      }
    },
    params(level, strategy, callback) {
      this._options = { ...this._options, level, strategy };
      setImmediate(callback, null);
    },
    reset() {
      this._parts = [];
      this._given = 0;
    },
    close(callback) {
      if (callback !== undefined) {
        setImmediate(callback);
      }
      this.destroy();
    },
  };
  for (const name of Object.keys(methods)) {
    Object.defineProperty(Class.prototype, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
  }
  return Class;
}

const classNameOf = (name) => name[0].toUpperCase() + name.slice(1);
const classes = {};
for (const [name, [convert, wrapping]] of Object.entries(functions)) {
  const className = classNameOf(name);
  classes[name] = zlib[className] = makeClass(className, convert, wrapping);
}
const inNodesOrder = ['deflate', 'gzip', 'deflateRaw', 'unzip', 'inflate', 'gunzip', 'inflateRaw', 'brotliCompress', 'brotliDecompress'];
for (const name of inNodesOrder) {
  const [convert, wrapping] = functions[name];
  define(name, (data, options, callback) => {
    if (typeof options === 'function') {
      callback = options;
      options = undefined;
    }
    validate.function(callback, 'callback');
    const bytes = input(data);
    common(options);
    let result;
    let error = null;
    try {
      result = asBuffer(convert(wrapping, bytes, options));
    } catch (failed) {
      error = failed;
    }
    setImmediate(() => (error ? callback(error) : callback(null, result)));
  });
  define(`${name}Sync`, (data, options) => {
    const result = asBuffer(convert(wrapping, input(data), options));
    return options?.info ? { buffer: result, engine: new classes[name](options) } : result;
  });
}
for (const name of ['deflate', 'inflate', 'deflateRaw', 'inflateRaw', 'gzip', 'gunzip', 'unzip', 'brotliCompress', 'brotliDecompress']) {
  define(`create${classNameOf(name)}`, (options) => new classes[name](options));
}

zlib.constants = Object.freeze(constants);
for (const name of Object.keys(constants)) {
  if (name.startsWith('Z_')) {
    Object.defineProperty(zlib, name, { value: constants[name], enumerable: false, writable: false, configurable: false });
  }
}
zlib.codes = Object.freeze({ Z_OK: 0, Z_STREAM_END: 1, Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3,
  Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6, 0: 'Z_OK', 1: 'Z_STREAM_END', 2: 'Z_NEED_DICT', '-1': 'Z_ERRNO',
  '-2': 'Z_STREAM_ERROR', '-3': 'Z_DATA_ERROR', '-4': 'Z_MEM_ERROR', '-5': 'Z_BUF_ERROR', '-6': 'Z_VERSION_ERROR' });
export default zlib;
