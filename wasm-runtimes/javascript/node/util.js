// util.
import native, { encodings } from './native.js';
import { codes, validate } from './errors.js';
import { format, formatWithOptions, inspect } from './inspect.js';
import { nextTick } from './loop.js';
import { MIMEParams, MIMEType, parseEnv } from './mime.js';
import { types } from './types.js';
import { isDeepStrictEqual } from './deep_equal.js';
import { TextDecoder, TextEncoder } from './web.js';

const kCustom = Symbol.for('nodejs.util.promisify.custom');
const warned = new Set();
const setName = (target, name) => Object.defineProperty(target, 'name', { value: name, configurable: true });

export function promisify(original) {
  validate.function(original, 'original');
  if (original[kCustom]) {
    validate.function(original[kCustom], 'util.promisify.custom');
    return Object.defineProperty(original[kCustom], kCustom, {
      value: original[kCustom], enumerable: false, writable: false, configurable: true });
  }
  function promisified(...values) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...values, (error, ...results) => (error ? reject(error) : resolve(results[0]))]);
    });
  }
  Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
  Object.defineProperty(promisified, kCustom, { value: promisified, enumerable: false, writable: false, configurable: true });
  return Object.defineProperties(promisified, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = kCustom;

export function callbackify(original) {
  validate.function(original, 'original');
  function callbackified(...values) {
    const callback = values.pop();
    validate.function(callback, 'last argument');
    Reflect.apply(original, this, values).then(
      (result) => nextTick(callback, null, result),
      (error) => {
        if (!error) {
          const reason = error;
          error = codes.ERR_FALSY_VALUE_REJECTION();
          error.reason = reason;
        }
        nextTick(callback, error);
      });
  }
  return setName(callbackified, `${original.name}Callbackified`);
}

export function deprecate(callback, message, code) {
  function deprecated(...values) {
    const key = code ?? message;
    if (!warned.has(key)) {
      warned.add(key);
      globalThis.process.emitWarning(message, 'DeprecationWarning', code);
    }
    return new.target ? Reflect.construct(callback, values, new.target) : Reflect.apply(callback, this, values);
  }
  Object.setPrototypeOf(deprecated, callback);
  return deprecated;
}

export function inherits(constructor, superConstructor) {
  validate.function(constructor, 'ctor');
  validate.function(superConstructor, 'superCtor');
  Object.defineProperty(constructor, 'super_', { value: superConstructor, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, superConstructor.prototype);
}

const ansi = /[\u001B\u009B][[\]()#;?]*(?:(?:(?:(?:;[-a-zA-Z\d/#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d/#&.:=?%@~_]*)*)?\u0007)|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-ntqry=><~]))/g;

// Nothing is a terminal here, so that a style is left out unless asked for.
function debuglog() {
  const log = () => {};
  log.enabled = false;
  return log;
}

const systemErrors = [[-2, 'ENOENT', 'no such file or directory'], [-1, 'EPERM', 'operation not permitted'],
  [-13, 'EACCES', 'permission denied'], [-17, 'EEXIST', 'file already exists'], [-22, 'EINVAL', 'invalid argument'],
  [-111, 'ECONNREFUSED', 'connection refused'], [-110, 'ETIMEDOUT', 'connection timed out']];

function styleText(format, text) {
  let left = '';
  let right = '';
  for (const name of [format].flat()) {
    const codesOf = inspect.colors[name];
    if (codesOf === undefined) {
      throw codes.ERR_INVALID_ARG_VALUE('format', name, `must be one of: ${Object.keys(inspect.colors).map((each) => `'${each}'`).join(', ')}`);
    }
    left += `\x1b[${codesOf[0]}m`;
    right = `\x1b[${codesOf[1]}m${right}`;
  }
  return Array.isArray(format) ? `${left}${text}${right}` : `${text}`; // as node does when standard output is no terminal
}

function parseArgs({ args = [], options = {}, strict = true, allowPositionals = !strict, tokens: wantTokens = false, allowNegative = false } = {}) {
  const values = Object.create(null);
  const positionals = [];
  const tokens = [];
  const set = (name, value) => {
    const option = options[name];
    if (strict && option === undefined) {
      throw Object.assign(new TypeError(`Unknown option '--${name}'`), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' });
    }
    const stored = option?.type === 'string' ? value : value ?? true;
    if (option?.multiple) {
      (values[name] ??= []).push(stored);
    } else {
      values[name] = stored;
    }
  };
  const short = (letter) => Object.keys(options).find((name) => options[name].short === letter) ?? letter;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === '--') {
      positionals.push(...args.slice(i + 1));
      break;
    }
    const long = /^--([^=]+)(?:=([^]*))?$/.exec(arg);
    if (long) {
      const positive = long[1].startsWith('no-') ? long[1].slice(3) : undefined;
      if (allowNegative && positive !== undefined && options[positive]?.type === 'boolean' && long[2] === undefined) {
        values[positive] = false;
        continue;
      }
      const isString = options[long[1]]?.type === 'string';
      set(long[1], long[2] ?? (isString ? args[++i] : undefined));
    } else if (/^-[^-]/.test(arg)) {
      for (let j = 1; j < arg.length; j++) {
        const name = short(arg[j]);
        if (options[name]?.type === 'string') {
          set(name, arg.slice(j + 1) || args[++i]);
          break;
        }
        set(name);
      }
    } else {
      if (!allowPositionals) {
        throw Object.assign(new TypeError(`Unexpected argument '${arg}'. This command does not take positional arguments`),
          { code: 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL' });
      }
      positionals.push(arg);
    }
  }
  for (const [name, option] of Object.entries(options)) {
    if (option.default !== undefined && values[name] === undefined) {
      values[name] = option.default;
    }
  }
  return wantTokens ? { values, positionals, tokens } : { values, positionals };
}

const isPrimitive = (value) => value === null || (typeof value !== 'object' && typeof value !== 'function');

const util = {
  MIMEParams,
  MIMEType,
  _errnoException: (number, syscall, original) => Object.assign(new Error(`${syscall} ${util.getSystemErrorName(number)}${original ? ` ${original}` : ''}`),
    { errno: number, code: util.getSystemErrorName(number), syscall }),
  _exceptionWithHostPort: (number, syscall, address, port) => Object.assign(new Error(`${syscall} ${util.getSystemErrorName(number)} ${address}${port ? `:${port}` : ''}`),
    { errno: number, code: util.getSystemErrorName(number), syscall, address, port }),
  parseEnv,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getSystemErrorMap: () => new Map(systemErrors.map(([number, ...rest]) => [number, rest])),
  getSystemErrorName: (number) => systemErrors.find((each) => each[0] === number)?.[1],
  inherits,
  inspect,
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => globalThis.Buffer.isBuffer(value),
  isDeepStrictEqual,
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
  isRegExp: types.isRegExp,
  isObject: (value) => value !== null && typeof value === 'object',
  isDate: types.isDate,
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isPrimitive,
  log: (...values) => globalThis.console.log(...values),
  parseArgs,
  promisify,
  stripVTControlCharacters(text) {
    validate.string(text, 'str');
    return text.replace(ansi, '');
  },
  styleText,
  toUSVString: (text) => `${text}`.toWellFormed(),
  TextDecoder,
  TextEncoder,
  types,
  transferableAbortController: () => new globalThis.AbortController(),
  transferableAbortSignal: (signal) => signal,
  aborted: (signal) => new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }))),
  _extend: (target, source) => (isPrimitive(source) ? target : Object.assign(target, source)),
};
void native;
void encodings;
export default util;
