// Errors as node words them.
import { inspect } from './inspect.js';

const kIsNodeError = Symbol('kIsNodeError');
const messages = new Map();

function nodeError(Base, code, message) {
  const error = new Base(message);
  error.code = code;
  Object.defineProperty(error, 'name', { value: `${Base.name} [${code}]`, configurable: true, writable: true });
  Error.captureStackTrace(error, nodeError);
  void error.stack; // made here, while the name has the code in it
  delete error.name;
  Object.defineProperty(error, 'toString', {
    value() { return `${this.name} [${code}]: ${this.message}`; },
    enumerable: false, writable: true, configurable: true,
  });
  error[kIsNodeError] = true;
  Object.defineProperty(error, kIsNodeError, { enumerable: false });
  return error;
}

// Declares `codes.NAME`, a function that makes the error.
export function declare(code, Base, message) {
  messages.set(code, message);
  codes[code] = function make(...values) {
    return nodeError(Base, code, typeof message === 'function' ? message(...values) : message);
  };
}

export const codes = Object.create(null);

function describe(value) {
  if (value === null || value === undefined) {
    return `Received ${value}`;
  }
  if (typeof value === 'function') {
    return `Received function ${value.name}`;
  }
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name ? `Received an instance of ${name}` : `Received ${inspect(value, { depth: -1 })}`;
  }
  let text = inspect(value, { colors: false });
  if (text.length > 28) {
    text = `${text.slice(0, 25)}...`;
  }
  return `Received type ${typeof value} (${text})`;
}

function list(words) {
  if (words.length < 3) {
    return words.join(' or ');
  }
  return `${words.slice(0, -1).join(', ')}, or ${words.at(-1)}`;
}

const classLike = /^[A-Z][a-zA-Z0-9]*$/;
const primitiveTypes = ['string', 'function', 'number', 'object', 'Function', 'Object', 'boolean', 'bigint', 'symbol'];

function expectation(expected) {
  const types = [];
  const instances = [];
  const others = [];
  for (const name of [expected].flat()) {
    if (primitiveTypes.includes(name)) {
      types.push(name.toLowerCase());
    } else if (classLike.test(name)) {
      instances.push(name);
    } else {
      others.push(name);
    }
  }
  if (instances.length > 0 && types.includes('object')) {
    types.splice(types.indexOf('object'), 1);
    instances.push('Object');
  }
  const parts = [];
  if (types.length > 0) {
    parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${list(types)}`);
  }
  if (instances.length > 0) {
    parts.push(`an instance of ${list(instances)}`);
  }
  if (others.length > 0) {
    const [other] = others;
    parts.push(others.length > 1 ? `one of ${list(others)}` : other);
    if (instances.length > 1 && others.length === 1) {
      // node's list goes on: "an instance of Buffer, ArrayBuffer, or Array or an Array-like Object"
      return parts.join(' or ');
    }
  }
  return parts.join(' or ');
}

declare('ERR_INVALID_ARG_TYPE', TypeError, (name, expected, actual) => {
  const subject = name.endsWith(' argument') ? `The ${name}`
    : `The "${name}" ${name.includes('.') ? 'property' : 'argument'}`;
  return `${subject} must be ${expectation(expected)}. ${describe(actual)}`;
});
declare('ERR_INVALID_ARG_VALUE', TypeError, (name, value, reason = 'is invalid') => {
  let text = inspect(value);
  if (text.length > 128) {
    text = `${text.slice(0, 128)}...`;
  }
  return `The ${name.includes('.') ? 'property' : 'argument'} '${name}' ${reason}. Received ${text}`;
});
declare('ERR_OUT_OF_RANGE', RangeError, (name, range, value) => {
  let text;
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) {
    text = separated(String(value));
  } else if (typeof value === 'bigint') {
    text = value > 2n ** 32n || value < -(2n ** 32n) ? `${separated(String(value))}n` : `${value}n`;
  } else {
    text = inspect(value);
  }
  return `The value of "${name}" is out of range. It must be ${range}. Received ${text}`;
});
declare('ERR_UNKNOWN_ENCODING', TypeError, (name) => `Unknown encoding: ${name}`);
declare('ERR_INVALID_BUFFER_SIZE', RangeError, (name) => `Buffer size must be a multiple of ${name}`);
declare('ERR_BUFFER_OUT_OF_BOUNDS', RangeError, (name) =>
  (name ? `"${name}" is outside of buffer bounds` : 'Attempt to access memory outside buffer bounds'));
declare('ERR_UNHANDLED_ERROR', Error, (value) => `Unhandled error. (${value})`);
declare('ERR_INVALID_URL', TypeError, 'Invalid URL');
declare('ERR_MODULE_NOT_FOUND', Error, (what, file) => `Cannot find ${what} imported from ${file}`);
declare('ERR_ILLEGAL_CONSTRUCTOR', TypeError, 'Illegal constructor');
declare('ERR_STREAM_NULL_VALUES', TypeError, 'May not write null values to stream');
declare('ERR_INVALID_TUPLE', TypeError, (name, tuple) => `${name} must be an iterable ${tuple} tuple`);
declare('ERR_INVALID_URL_SCHEME', TypeError, (name) => `The URL must be of scheme ${name}`);
declare('ERR_METHOD_NOT_IMPLEMENTED', Error, (name) => `The ${name} method is not implemented`);
declare('ERR_ENCODING_NOT_SUPPORTED', RangeError, (name) => `The "${name}" encoding is not supported`);
declare('ERR_ENCODING_INVALID_ENCODED_DATA', TypeError, (name) => `The encoded data was not valid for encoding ${name}`);
declare('ERR_CRYPTO_INVALID_DIGEST', TypeError, (name) => `Invalid digest: ${name}`);
declare('ERR_CRYPTO_HASH_FINALIZED', Error, 'Digest already called');
declare('ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', RangeError, 'Input buffers must have the same byte length');
declare('ERR_CRYPTO_UNKNOWN_CIPHER', Error, 'Unknown cipher');
declare('ERR_CRYPTO_INVALID_IV', TypeError, 'Invalid initialization vector');
declare('ERR_CRYPTO_INVALID_KEYLEN', RangeError, 'Invalid key length');
declare('ERR_CRYPTO_INVALID_STATE', Error, (name) => (name === undefined ? 'Invalid state' : `Invalid state for operation ${name}`));
declare('ERR_CRYPTO_INVALID_AUTH_TAG', TypeError, (size) => `Invalid authentication tag length: ${size}`);
declare('ERR_CRYPTO_INVALID_SCRYPT_PARAMS', RangeError, (detail) => `Invalid scrypt params${detail}`);
declare('ERR_CRYPTO_SCRYPT_INVALID_PARAMETER', Error, 'Invalid scrypt parameter');
declare('ERR_BUFFER_TOO_LARGE', RangeError, (most) => `Cannot create a Buffer larger than ${most} bytes`);
declare('ERR_UNKNOWN_BUILTIN_MODULE', Error, (name) => `No such built-in module: ${name}`);
declare('ERR_INVALID_THIS', TypeError, (name) => `Value of "this" must be of type ${name}`);
declare('ERR_MISSING_ARGS', TypeError, (...names) => {
  const quoted = names.map((name) => `"${name}"`);
  return `The ${list(quoted).replace(' or ', ' and ')} argument${names.length > 1 ? 's' : ''} must be specified`;
});
declare('ERR_INVALID_RETURN_VALUE', TypeError, (what, name, value) =>
  `Expected ${what} to be returned from the "${name}" function but got ${describe(value).replace('Received ', '')}.`);
declare('ERR_FALSY_VALUE_REJECTION', Error, 'Promise was rejected with falsy value');
declare('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', TypeError, (name) => `The feature ${name} is unavailable here`);
declare('ERR_WORKER_UNSUPPORTED_OPERATION', TypeError, (name) => `${name} is not supported here`);
declare('ABORT_ERR', Error, 'The operation was aborted');

function separated(text) {
  const sign = text.startsWith('-') ? '-' : '';
  return sign + text.slice(sign.length).replace(/\B(?=(\d{3})+$)/g, '_');
}

// The error of a system call that is not allowed.
export function notPermitted(syscall, path, extra) {
  const place = path === undefined ? '' : ` '${path}'`;
  const error = new Error(`EPERM: operation not permitted, ${syscall}${place}`);
  error.errno = -1;
  error.code = 'EPERM';
  error.syscall = syscall;
  if (path !== undefined) {
    error.path = String(path);
  }
  Object.assign(error, extra);
  Error.captureStackTrace(error, notPermitted);
  return error;
}

// An error that the event loop brings has frames of node's own only. They are left out here, but one
// stands for them: what has none looks as if somebody had taken them away.
export function fromInside(error, place) {
  if (typeof error?.stack === 'string' && !/\n {4}at /.test(error.stack)) {
    error.stack += `\n    at ${place} (node:internal:${place})`;
  }
  return error;
}

export function abortError(reason) {
  const error = new Error('The operation was aborted', reason === undefined ? undefined : { cause: reason });
  error.name = 'AbortError';
  error.code = 'ABORT_ERR';
  return error;
}

export const validate = {
  string(value, name) {
    if (typeof value !== 'string') {
      throw codes.ERR_INVALID_ARG_TYPE(name, 'string', value);
    }
  },
  function(value, name) {
    if (typeof value !== 'function') {
      throw codes.ERR_INVALID_ARG_TYPE(name, 'function', value);
    }
  },
  number(value, name) {
    if (typeof value !== 'number') {
      throw codes.ERR_INVALID_ARG_TYPE(name, 'number', value);
    }
  },
  integer(value, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
    validate.number(value, name);
    if (!Number.isInteger(value)) {
      throw codes.ERR_OUT_OF_RANGE(name, 'an integer', value);
    }
    if (value < min || value > max) {
      throw codes.ERR_OUT_OF_RANGE(name, `>= ${min} && <= ${max}`, value);
    }
  },
  object(value, name) {
    if (value === null || typeof value !== 'object') {
      throw codes.ERR_INVALID_ARG_TYPE(name, 'Object', value);
    }
  },
};
