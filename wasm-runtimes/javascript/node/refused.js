// Modules that reach outside: there, and failing at use as if every call were not permitted.
import EventEmitter from './events.js';
import { notPermitted } from './errors.js';
import { nextTick } from './loop.js';

// fs: name of the system call that the error names, by function.
const calls = {
  access: 'access', appendFile: 'open', chmod: 'chmod', chown: 'chown', copyFile: 'copyfile', cp: 'cp', lchown: 'lchown',
  link: 'link', lstat: 'lstat', lutimes: 'lutime', mkdir: 'mkdir', mkdtemp: 'mkdtemp', open: 'open', opendir: 'opendir',
  readdir: 'scandir', readFile: 'open', readlink: 'readlink', realpath: 'lstat', rename: 'rename', rm: 'rm', rmdir: 'rmdir',
  stat: 'stat', statfs: 'statfs', symlink: 'symlink', truncate: 'open', unlink: 'unlink', utimes: 'utime', writeFile: 'open',
};
const descriptorCalls = ['close', 'fchmod', 'fchown', 'fdatasync', 'fstat', 'fsync', 'ftruncate', 'futimes', 'read', 'readv',
  'write', 'writev'];

function textPath(path) {
  return typeof path === 'string' || path instanceof Uint8Array || path instanceof URL ? String(path) : undefined;
}

function named(name, body) {
  return Object.defineProperty(body, 'name', { value: name, configurable: true });
}

const fs = {};
const promises = {};
for (const [name, syscall] of [...Object.entries(calls), ...descriptorCalls.map((each) => [each, each])]) {
  fs[name] = named(name, (path, ...rest) => {
    const callback = rest.at(-1);
    if (typeof callback !== 'function') {
      const error = new TypeError(`The "cb" argument must be of type function. Received ${callback === undefined ? 'undefined' : typeof callback}`);
      error.code = 'ERR_INVALID_ARG_TYPE';
      throw error;
    }
    nextTick(callback, notPermitted(syscall, textPath(path)));
  });
  fs[`${name}Sync`] = named(`${name}Sync`, (path) => {
    throw notPermitted(syscall, textPath(path));
  });
  if (name in calls) {
    promises[name] = named(name, async (path) => {
      throw notPermitted(syscall, textPath(path));
    });
  }
}
fs.exists = (path, callback) => nextTick(callback, false);
fs.existsSync = () => false;
fs.promises = promises;
fs.constants = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024 };
promises.constants = fs.constants;
Object.assign(fs, { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1 });
for (const name of ['createReadStream', 'createWriteStream', 'watch', 'watchFile', 'unwatchFile']) {
  fs[name] = named(name, (path) => {
    throw notPermitted(name.startsWith('create') ? 'open' : 'watch', textPath(path));
  });
}
for (const name of ['Stats', 'Dirent', 'ReadStream', 'WriteStream']) {
  fs[name] = class {
    constructor() { throw notPermitted('open'); }
  };
}

function refusing(names, syscall, classes = []) {
  const module = {};
  for (const name of names) {
    module[name] = named(name, (target) => {
      throw notPermitted(syscall, typeof target === 'string' ? target : undefined);
    });
  }
  for (const name of classes) {
    module[name] = { [name]: class extends EventEmitter {
      constructor() {
        super();
        throw notPermitted(syscall);
      }
    } }[name];
  }
  return module;
}

// An error that node words as `SYSCALL CODE TARGET`.
function refusal(syscall, target, extra) {
  const error = notPermitted(syscall);
  error.message = target === undefined ? `${syscall} EPERM` : `${syscall} EPERM ${target}`;
  error.stack = error.stack.replace(/^.*/, `Error: ${error.message}`);
  return Object.assign(error, extra);
}

// A child that cannot be started: node's error names the program and its arguments.
function spawnError(syscall, file, values) {
  return refusal(`${syscall} ${file}`, undefined, { path: file, spawnargs: Array.isArray(values) ? values : [] });
}

// What stands for a connection that fails a moment after it was asked for.
class Refused extends EventEmitter {
  constructor(error) {
    super();
    this.destroyed = false;
    nextTick(() => {
      this.destroyed = true;
      this.emit('error', error);
      this.emit('close', true);
    });
  }
}
for (const name of ['write', 'end', 'destroy', 'abort', 'pause', 'resume', 'ref', 'unref', 'setTimeout', 'setNoDelay',
  'setKeepAlive', 'setEncoding', 'setHeader', 'removeHeader', 'flushHeaders', 'pipe']) {
  Refused.prototype[name] = named(name, function () { return this; });
}
const childProcess = {};
for (const name of ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync']) {
  childProcess[name] = named(name, (file, values) => {
    const syscall = name.endsWith('Sync') ? 'spawnSync' : 'spawn';
    throw spawnError(syscall, name.startsWith('exec') && !name.startsWith('execFile') ? '/bin/sh' : file, values);
  });
}
childProcess.ChildProcess = refusing([], 'spawn', ['ChildProcess']).ChildProcess;

const workerThreads = {
  ...refusing([], 'uv_thread_create', ['Worker']),
  isMainThread: true, parentPort: null, workerData: null, threadId: 0, resourceLimits: {}, SHARE_ENV: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
  getEnvironmentData: () => undefined, setEnvironmentData() {}, markAsUntransferable() {},
};
const cluster = Object.assign(new EventEmitter(), refusing(['fork', 'setupPrimary', 'setupMaster', 'disconnect'], 'spawn'),
  { isMaster: true, isPrimary: true, isWorker: false, workers: {}, settings: {}, SCHED_NONE: 1, SCHED_RR: 2, schedulingPolicy: 2 });

function connect(...values) {
  const { path, port, host } = typeof values[0] === 'object' ? values[0] ?? {} : { port: values[0], host: values[1] };
  const target = path ?? (port === undefined ? undefined : `${typeof host === 'string' ? host : 'localhost'}:${port}`);
  return new Refused(refusal('connect', target));
}
const net = {
  ...refusing(['createServer'], 'listen', ['Socket', 'Server', 'BlockList']), connect, createConnection: connect,
  isIP: (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0), isIPv4, isIPv6,
};
function isIPv4(text) {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(`${text}`);
}
function isIPv6(text) {
  try {
    return `${text}`.includes(':') && new URL(`http://[${text}]/`) !== null;
  } catch {
    return false;
  }
}
function request(target, options) {
  const { host, hostname = host, port } = typeof target === 'object' && !(target instanceof URL) ? target ?? {}
    : { ...(typeof options === 'object' ? options : {}), hostname: new URL(target).hostname, port: new URL(target).port || undefined };
  return new Refused(refusal('connect', port === undefined ? hostname : `${hostname}:${port}`));
}
const http = () => ({
  request, get: named('get', (...values) => request(...values)), ...refusing(['createServer'], 'listen', ['Agent', 'Server', 'ClientRequest', 'IncomingMessage', 'ServerResponse']),
  METHODS: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'], STATUS_CODES: statusCodes, globalAgent: {},
});
const statusCodes = {
  200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 206: 'Partial Content', 301: 'Moved Permanently', 302: 'Found',
  303: 'See Other', 304: 'Not Modified', 307: 'Temporary Redirect', 308: 'Permanent Redirect', 400: 'Bad Request',
  401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable', 408: 'Request Timeout',
  409: 'Conflict', 410: 'Gone', 413: 'Payload Too Large', 415: 'Unsupported Media Type', 418: "I'm a Teapot", 422: 'Unprocessable Entity',
  429: 'Too Many Requests', 500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
const dnsNames = ['lookup', 'lookupService', 'resolve', 'resolve4', 'resolve6', 'resolveMx', 'resolveTxt', 'reverse'];
const dns = { ...refusing([], 'getaddrinfo', ['Resolver']), promises: {} };
for (const name of dnsNames) {
  const failed = (target) => {
    const syscall = name === 'lookup' ? 'getaddrinfo' : `query${name}`;
    return refusal(syscall, target, { hostname: target });
  };
  dns[name] = named(name, (target, ...rest) => {
    nextTick(rest.at(-1), failed(target));
  });
  dns.promises[name] = named(name, async (target) => {
    throw failed(target);
  });
}

async function refuseFetch(target) {
  if (typeof target === 'string') {
    try {
      new URL(target);
    } catch (cause) {
      throw new TypeError(`Failed to parse URL from ${target}`, { cause });
    }
  }
  const error = new TypeError('fetch failed');
  error.cause = notPermitted('connect', typeof target === 'string' ? target : target?.url);
  throw error;
}

export function fetch(input, init = undefined) {
  return refuseFetch(input, init);
}

export default {
  fs, 'fs/promises': promises, child_process: childProcess, worker_threads: workerThreads, cluster, net, dns,
  'dns/promises': dns.promises, http: http(), https: http(), http2: refusing(['connect', 'createServer'], 'connect'),
  tls: refusing(['connect', 'createServer'], 'connect', ['TLSSocket', 'Server']),
  dgram: refusing(['createSocket'], 'socket', ['Socket']),
  v8: { getHeapStatistics: () => ({ total_heap_size: 0, used_heap_size: 0, heap_size_limit: 0 }), ...refusing(['writeHeapSnapshot'], 'open') },
  repl: refusing(['start'], 'open'), inspector: refusing(['open', 'close'], 'open'),
  tty: { isatty: () => false },
};
