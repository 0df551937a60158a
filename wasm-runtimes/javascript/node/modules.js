// require and import: node's own modules, and those of installed packages.
import native from './native.js';
import assert from './assert.js';
import path from 'path-browserify';
import { win32 as windowsPath } from 'path/path.js';
import punycodePackage from 'punycode/';
import querystring from './querystring.js';
import { StringDecoder } from './string_decoder.js';
import * as bufferModule from './buffer.js';
import crypto from './crypto.js';
import EventEmitter from './events.js';
import * as timers from './loop.js';
import { performance, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, Blob, File } from './web.js';
import { process } from './process.js';
import refused from './refused.js';
import stream from './stream.js';
import url from './url.js';
import util from './util.js';
import zlib from './zlib.js';
import { module as webStreams } from './web_streams.js';
import readline from './readline.js';
import { BroadcastChannel, MessageChannel, MessagePort } from './messages.js';
import { abortError, codes, validate } from './errors.js';
import { cache, links, requireFrom, resolveFrom } from './packages.js';
import { dirname, problems, ROOT } from './resolve.js';

const punycode = { ...punycodePackage, version: '2.1.0' };
const { atob, btoa, Buffer, constants, INSPECT_MAX_BYTES, isAscii, isUtf8, kMaxLength, SlowBuffer, transcode } = bufferModule;

// The package words a wrong type its own way.
for (const name of Object.keys(path)) {
  const original = path[name];
  if (typeof original === 'function' && name !== 'format') {
    path[name] = { [name](...values) {
      const texts = name === 'basename' ? values.slice(0, 1) : name === 'join' || name === 'resolve' ? values : values.slice(0, name === 'relative' ? 2 : 1);
      texts.forEach((value, i) => validate.string(value, name === 'relative' ? ['from', 'to'][i] : name === 'resolve' ? `paths[${i}]` : 'path'));
      if (texts.length === 0 && name !== 'join' && name !== 'resolve') {
        validate.string(undefined, 'path');
      }
      return original.apply(this, values);
    } }[name];
  }
}
path.posix = path;
path.win32 = windowsPath;
windowsPath.posix = path;
windowsPath.win32 = windowsPath;
windowsPath.toNamespacedPath ??= windowsPath._makeLong;
path.toNamespacedPath = (each) => each;
path.matchesGlob ??= undefined;
delete path.matchesGlob;

const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = timers;

function promised(start, stop) {
  return (delay, value, { signal } = {}) => new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal.reason));
      return;
    }
    const timer = start(() => resolve(value), delay);
    signal?.addEventListener('abort', () => {
      stop(timer);
      reject(abortError(signal.reason));
    }, { once: true });
  });
}
const timersPromises = {
  setTimeout: promised(setTimeout, clearTimeout),
  setImmediate: (value, options) => promised((callback) => setImmediate(callback), clearImmediate)(0, value, options),
  async* setInterval(delay, value) {
    for (;;) {
      await timersPromises.setTimeout(delay);
      yield value;
    }
  },
  scheduler: { wait: (delay, options) => timersPromises.setTimeout(delay, undefined, options), yield: () => timersPromises.setImmediate() },
};
for (const [each, replacement] of [[setTimeout, timersPromises.setTimeout], [setImmediate, timersPromises.setImmediate]]) {
  Object.defineProperty(each, util.promisify.custom, { enumerable: true, get: () => replacement });
}

// The engine carries the context along with promises, the loop with what it queues.
function inContext(context, callback, values, self) {
  const before = native.asyncContext();
  native.setAsyncContext(context);
  try {
    return Reflect.apply(callback, self, values);
  } finally {
    native.setAsyncContext(before);
  }
}

class AsyncLocalStorage {
  #with(store) {
    return new Map(native.asyncContext() ?? []).set(this, store);
  }
  run(store, callback, ...values) { return inContext(this.#with(store), callback, values); }
  exit(callback, ...values) { return inContext(this.#with(undefined), callback, values); }
  getStore() { return native.asyncContext()?.get(this); }
  enterWith(store) { native.setAsyncContext(this.#with(store)); }
  disable() { this.enterWith(undefined); }
  static bind(callback) {
    const context = native.asyncContext();
    return function bound(...values) { return inContext(context, callback, values, this); };
  }
  static snapshot() { return AsyncLocalStorage.bind((callback, ...values) => callback(...values)); }
}
class AsyncResource {
  #context = native.asyncContext();
  constructor(type) { this.type = type; }
  runInAsyncScope(callback, self, ...values) { return inContext(this.#context, callback, values, self); }
  bind(callback) { return (...values) => this.runInAsyncScope(callback, undefined, ...values); }
  emitDestroy() { return this; }
  asyncId() { return 1; }
  triggerAsyncId() { return 0; }
  static bind(callback) { return AsyncLocalStorage.bind(callback); }
}

const os = {
  EOL: '\n', arch: () => 'x64', platform: () => 'linux', type: () => 'Linux', release: () => '6.1.0', version: () => '#1 SMP',
  machine: () => 'x86_64', hostname: () => 'sandbox', homedir: () => '/tmp', tmpdir: () => '/tmp', endianness: () => 'LE',
  uptime: () => Math.floor(process.uptime()), loadavg: () => [0, 0, 0], totalmem: () => 2 ** 30, freemem: () => 2 ** 29,
  cpus: () => [{ model: 'sandbox', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }], availableParallelism: () => 1,
  networkInterfaces: () => ({}), userInfo: () => ({ uid: 1000, gid: 1000, username: 'sandbox', homedir: '/tmp', shell: null }),
  getPriority: () => 0, setPriority() {}, devNull: '/dev/null',
  constants: { signals: { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }, errno: { EPERM: 1, ENOENT: 2 }, priority: {}, UV_UDP_REUSEADDR: 4 },
};

const perfHooks = {
  performance, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure,
  monitorEventLoopDelay: () => ({ enable() {}, disable() {}, min: 0, max: 0, mean: 0 }),
  PerformanceObserver: class PerformanceObserver { observe() {} disconnect() {} takeRecords() { return []; } }, constants: {},
};

const asyncHooks = { AsyncLocalStorage, AsyncResource, createHook: () => ({ enable() { return this; }, disable() { return this; } }),
  executionAsyncId: () => 1, triggerAsyncId: () => 0, executionAsyncResource: () => ({}) };

async function collect(source) {
  const parts = [];
  for await (const part of source) {
    parts.push(typeof part === 'string' ? Buffer.from(part) : part);
  }
  return Buffer.concat(parts);
}
const consumers = {
  buffer: collect, text: async (source) => (await collect(source)).toString(), json: async (source) => JSON.parse(await collect(source)),
  arrayBuffer: async (source) => new Uint8Array(await collect(source)).buffer, blob: async (source) => new Blob([await collect(source)]),
};

assert.strict = Object.assign((...values) => assert.ok(...values), assert, {
  equal: assert.strictEqual, deepEqual: assert.deepStrictEqual, notEqual: assert.notStrictEqual, notDeepEqual: assert.notDeepStrictEqual });
assert.strict.strict = assert.strict;

const timersModule = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate, promises: timersPromises };

export const builtins = {
  __proto__: null,
  assert, 'assert/strict': assert.strict, async_hooks: asyncHooks,
  buffer: { Buffer, SlowBuffer, transcode, isUtf8, isAscii, kMaxLength, kStringMaxLength: constants.MAX_STRING_LENGTH, btoa, atob,
    constants, INSPECT_MAX_BYTES, Blob, File, resolveObjectURL() {} },
  constants: os.constants, crypto, diagnostics_channel: diagnosticsChannel(), events: EventEmitter, os, path, 'path/posix': path, 'path/win32': windowsPath,
  perf_hooks: perfHooks, process, punycode, querystring, stream, 'stream/promises': stream.promises, 'stream/consumers': consumers, 'stream/web': webStreams,
  string_decoder: { StringDecoder }, timers: timersModule, 'timers/promises': timersPromises, url, util, 'util/types': util.types, zlib,
  ...refused,
  readline, 'readline/promises': readline.promises, sys: util, domain: { create: notHere('domain.create'), createDomain: notHere('domain.create') },
  trace_events: { createTracing: notHere('trace_events.createTracing'), getEnabledCategories() {} }, wasi: { WASI: notHere('WASI') },
};
Object.assign(builtins.worker_threads, { MessageChannel, MessagePort, BroadcastChannel });

function notHere(name) {
  return function refuse() { throw codes.ERR_WORKER_UNSUPPORTED_OPERATION(name); };
}

function diagnosticsChannel() {
  const channel = () => ({ hasSubscribers: false, publish() {}, subscribe() {}, unsubscribe() { return false; } });
  return { channel, hasSubscribers: () => false, subscribe() {}, unsubscribe() { return false; }, Channel: class Channel {} };
}

const moduleModule = Object.assign(function Module(id) { return new NodeModule(id); }, { builtinModules: [], isBuiltin: (name) => find(name) !== undefined, createRequire, _extensions: { '.js'() {}, '.json'() {}, '.node'() {} },
  syncBuiltinESMExports() {}, findSourceMap() {} });

function createRequire(from) {
  const path = from instanceof URL || `${from}`.startsWith('file:') ? url.fileURLToPath(from) : `${from}`;
  if (!path.startsWith('/')) {
    throw codes.ERR_INVALID_ARG_VALUE('filename', from, 'must be a file URL object, file URL string, or absolute path string');
  }
  return requireFor(path);
}
// What is loaded is not a change of what programs share (probe.js), so that it is no plain property.
Object.defineProperty(moduleModule, '_cache', { get: () => cache, configurable: true, enumerable: true });
builtins.module = moduleModule;
builtins.vm = {
  runInThisContext: (code, options) => compileScript(code, options)(), runInNewContext: (code, context = {}) => evaluateWith(code, context),
  runInContext: (code, context) => evaluateWith(code, context), createContext: (context = {}) => context, isContext: () => true,
  Script: class Script {
    #code;
    #run;
    constructor(code, options) {
      this.#code = `${code}`;
      this.#run = compileScript(code, options);
    }
    runInThisContext() { return this.#run(); }
    runInNewContext(context = {}) { return evaluateWith(this.#code, context); }
    runInContext(context) { return evaluateWith(this.#code, context); }
  },
};

// Names that begin so are left out of stack traces.
Object.defineProperty(native.compileScript, 'name', { value: '[compileScript]' });

function compileScript(code, options) {
  const file = typeof options === 'string' ? options : options?.filename ?? 'evalmachine.<anonymous>';
  return native.compileScript(`${code}`, `${file}`);
}

// Not another realm: the names of the context come before those of the program's own.
function evaluateWith(code, context) {
  const scope = new Proxy(context, { has: (target, key) => key !== 'code' && key !== 'eval', get: (target, key) => (key === Symbol.unscopables ? undefined
    : key in target ? target[key] : globalThis[key]) });
  return new Function('scope', 'code', 'with (scope) { return eval(code); }')(scope, `${code}`);
}

export function find(name) {
  const bare = name.startsWith('node:') ? name.slice(5) : name;
  return Object.hasOwn(builtins, bare) ? bare : undefined;
}

problems.isBuiltin = (name) => find(name) !== undefined;

// The name that frames and errors show of a file of ours.
export function requireFor(file, module) {
  function require(name) {
    if (typeof name !== 'string') {
      throw codes.ERR_INVALID_ARG_TYPE('id', 'string', name);
    }
    if (name === '') {
      throw codes.ERR_INVALID_ARG_VALUE('id', name, 'must be a non-empty string');
    }
    const found = find(name);
    if (found !== undefined) {
      return builtins[found];
    }
    if (name.startsWith('node:')) {
      throw codes.ERR_UNKNOWN_BUILTIN_MODULE(name);
    }
    return requireFrom(name, file, module);
  }
  require.resolve = function resolve(name) {
    if (find(name) !== undefined) {
      return name;
    }
    if (name.startsWith('node:')) {
      throw codes.ERR_UNKNOWN_BUILTIN_MODULE(name);
    }
    return resolveFrom(name, file, module);
  };
  require.resolve.paths = (name) => (find(name) !== undefined ? null : [ROOT]);
  // A package may be loaded before there is a program.
  Object.defineProperty(require, 'main', { get: () => links.main, set(value) { links.main = value; }, enumerable: true, configurable: true });
  require.extensions = { '.js'() {}, '.json'() {}, '.node'() {} };
  require.cache = cache;
  return require;
}

class NodeModule {
  constructor(id, parent) {
    this.id = id;
    this.path = dirname(id.startsWith('/') ? id : '/tmp/main.js');
    this.exports = {};
    this.filename = id;
    this.loaded = false;
    this.children = [];
    this.paths = id.startsWith(`${ROOT}/`) ? [ROOT] : ['/tmp/node_modules', ROOT];
    Object.defineProperty(this, 'parent', { value: parent ?? null, enumerable: false, configurable: true, writable: true });
    parent?.children.push(this);
  }

  require(name) { return requireFor(this.filename, this)(name); }
}
Object.defineProperty(NodeModule, 'name', { value: 'Module' });
moduleModule.Module = moduleModule;
moduleModule.prototype = NodeModule.prototype;
export { NodeModule as Module };
// Adds modules to those that there are.
export function addBuiltins(modules) {
  Object.assign(builtins, modules);
  moduleModule.builtinModules = Object.keys(builtins);
}
Object.assign(links, { Module: NodeModule, requireFor, builtin: (name) => builtins[find(name)] });
