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

export default {
  fs, 'fs/promises': promises, child_process: childProcess, worker_threads: workerThreads, cluster,
  dgram: refusing(['createSocket'], 'socket', ['Socket']),
  v8: { getHeapStatistics: () => ({ total_heap_size: 0, used_heap_size: 0, heap_size_limit: 0 }), ...refusing(['writeHeapSnapshot'], 'open') },
  repl: refusing(['start'], 'open'), inspector: refusing(['open', 'close'], 'open'),
  tty: { isatty: () => false },
};
