// process.
import native from './native.js';
import EventEmitter from './events.js';
import { Buffer, bytesOf } from './buffer.js';
import { codes, validate } from './errors.js';
import { nextTick } from './loop.js';
import { inspect } from './inspect.js';

export const version = 'v20.20.2';

class Process extends EventEmitter {}
Object.defineProperty(Process, 'name', { value: 'process' });

export const process = new Process();
let exitCode;
let exiting = false;

function hidden(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
}

class WriteStream extends EventEmitter {
  constructor(fd) {
    super();
    this.fd = fd;
    this._type = 'pipe';
    this.writable = true;
    this.writableLength = 0;
    this.writableHighWaterMark = 16384;
  }

  write(data, encoding, callback) {
    if (typeof encoding === 'function') {
      callback = encoding;
      encoding = undefined;
    }
    if (data === null) {
      throw codes.ERR_STREAM_NULL_VALUES();
    }
    if (typeof data !== 'string' && bytesOf(data) === undefined) {
      throw codes.ERR_INVALID_ARG_TYPE('chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
    }
    native.write(this.fd, typeof data === 'string' && (encoding === undefined || /^utf-?8$/i.test(encoding))
      ? data : bytesOf(data, encoding));
    if (typeof callback === 'function') {
      nextTick(callback);
    }
    return true;
  }

  end(data, encoding, callback) {
    if (data !== undefined && data !== null && typeof data !== 'function') {
      this.write(data, encoding, callback);
    }
    return this;
  }

  cork() {}
  uncork() {}
}

const stdout = new WriteStream(1);
const stderr = new WriteStream(2);
const stdin = new EventEmitter();
Object.assign(stdin, {
  fd: 0,
  isTTY: undefined,
  setEncoding() { return this; },
  resume() {
    nextTick(() => this.emit('end'));
    return this;
  },
  pause() { return this; },
  unref() { return this; },
  ref() { return this; },
  read: () => null,
  async* [Symbol.asyncIterator]() {},
});
const { on } = stdin;
stdin.on = stdin.addListener = function addListener(name, listener) {
  if (name === 'end' || name === 'close') {
    nextTick(() => listener.call(stdin));
  }
  return on.call(this, name, listener);
};

function hrtime(previous) {
  const time = native.monotonic();
  let seconds = Math.floor(time / 1e9);
  let nanoseconds = time % 1e9;
  if (previous !== undefined) {
    if (!Array.isArray(previous)) {
      throw codes.ERR_INVALID_ARG_TYPE('time', 'Array', previous);
    }
    seconds -= previous[0];
    nanoseconds -= previous[1];
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
  }
  return [seconds, nanoseconds];
}
hrtime.bigint = () => BigInt(native.monotonic());

function memoryUsage() {
  const [used, total] = native.memory();
  return { rss: total, heapTotal: total, heapUsed: used, external: 0, arrayBuffers: 0 };
}
memoryUsage.rss = () => native.memory()[1];

function checkExitCode(code) {
  if (code !== undefined && code !== null) {
    const number = typeof code === 'string' && code !== '' ? Number(code) : code;
    if (typeof code === 'string' && !Number.isInteger(number)) {
      throw codes.ERR_INVALID_ARG_TYPE('code', 'number', code);
    }
    validate.integer(number, 'code');
  }
}

// Runs 'exit' listeners once; the code to leave with.
export function leave(code) {
  if (code !== undefined) {
    exitCode = code;
  }
  if (!exiting) {
    exiting = process._exiting = true;
    emitIfHeard('exit');
  }
  return currentExitCode();
}

function currentExitCode() {
  return +(exitCode ?? 0);
}

// Emits an event of the program's end. Without listeners nothing runs that a program could have
// spoilt by changing what all objects inherit from.
export function emitIfHeard(name) {
  if (process._events?.[name] !== undefined || process.emit !== ownEmit) {
    process.emit(name, currentExitCode());
  }
}

// Everything in it is text.
function environment(values) {
  const text = (value) => {
    if (typeof value === 'symbol') {
      throw new TypeError('Cannot convert a Symbol value to a string');
    }
    return `${value}`;
  };
  return new Proxy(values, {
    set(target, name, value) {
      target[typeof name === 'symbol' ? text(name) : name] = text(value);
      return true;
    },
    defineProperty(target, name, descriptor) {
      if ('value' in descriptor) {
        descriptor = { ...descriptor, value: text(descriptor.value) };
      }
      return Reflect.defineProperty(target, name, descriptor);
    },
  });
}

const start = native.monotonic;
const properties = {
  title: 'node',
  version,
  versions: {
    node: version.slice(1), acorn: '8.11.3', ada: '2.9.2', ares: '1.34.5', brotli: '1.1.0', cldr: '48.0', icu: '78.2',
    llhttp: '8.1.2', modules: '115', napi: '9', openssl: '3.0.16', tz: '2025c', unicode: '17.0', uv: '1.46.0',
    uvwasi: '0.0.21', v8: '11.3.244.8-node.33', zlib: '1.3.0.1',
  },
  arch: 'x64',
  platform: 'linux',
  release: { name: 'node', lts: 'Iron' },
  argv: ['/usr/local/bin/node', '/tmp/main.js'],
  execArgv: [],
  env: environment({}),
  pid: 1,
  ppid: 0,
  execPath: '/usr/local/bin/node',
  debugPort: 9229,
  argv0: 'node',
  features: { inspector: false, debug: false, uv: true, ipv6: true, tls_alpn: true, tls_sni: true, tls_ocsp: true, tls: true },
  config: { target_defaults: {}, variables: {} },
  stdout,
  stderr,
  stdin,
  nextTick,
  hrtime,
  memoryUsage,
  exit(code) {
    checkExitCode(code);
    native.exit(leave(code) & 0xff);
  },
  reallyExit(code) { native.exit((code ?? 0) & 0xff); },
  abort() { native.abort(); },
  cwd: () => '/tmp',
  chdir() { throw codes.ERR_WORKER_UNSUPPORTED_OPERATION('process.chdir()'); },
  uptime: () => (start() - 1e9) / 1e9,
  cpuUsage(previous) {
    const user = Math.round((native.monotonic() - 1e9) / 1e3);
    return previous ? { user: user - previous.user, system: 0 } : { user, system: 0 };
  },
  resourceUsage: () => ({ userCPUTime: 0, systemCPUTime: 0, maxRSS: Math.round(native.memory()[1] / 1024) }),
  constrainedMemory: () => 0,
  umask: () => 0o22,
  getuid: () => 1000,
  geteuid: () => 1000,
  getgid: () => 1000,
  getegid: () => 1000,
  getgroups: () => [1000],
  kill() {
    throw Object.assign(new Error('kill EPERM'), { errno: -1, code: 'EPERM', syscall: 'kill' });
  },
  emitWarning(warning, type, code) {
    let detail;
    if (typeof type === 'object' && type !== null) {
      ({ type, code, detail } = type);
    }
    const error = warning instanceof Error ? warning : Object.assign(new Error(`${warning}`), { name: `${type || 'Warning'}` });
    if (code) {
      error.code = code;
    }
    if (typeof detail === 'string') {
      error.detail = detail;
    }
    nextTick(() => {
      const label = error.code ? `[${error.code}] ${error.name}: ${error.message}` : `${error.name}: ${error.message}`;
      process.emit('warning', error);
      native.write(2, `(node:1) ${label}\n(Use \`node --trace-warnings ...\` to show where the warning was created)\n`);
    });
  },
  binding() { throw new Error('No such module: binding'); },
  getActiveResourcesInfo: () => [],
  setUncaughtExceptionCaptureCallback() {},
  hasUncaughtExceptionCaptureCallback: () => false,
  setSourceMapsEnabled() {},
  allowedNodeEnvironmentFlags: new Set(),
  report: {},
};
for (const name of Object.keys(properties)) {
  process[name] = properties[name];
}
Object.defineProperty(process, 'exitCode', {
  get: () => exitCode,
  set(code) {
    checkExitCode(code);
    exitCode = code;
  },
  enumerable: true,
  configurable: true,
});
const ownEmit = EventEmitter.prototype.emit;
hidden(process, 'emit', ownEmit);
Object.defineProperty(Process.prototype, Symbol.toStringTag, { value: 'process', configurable: true });

export { Buffer, inspect };
