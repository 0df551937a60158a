// events: the npm package's, brought up to node 20.
import Package from 'events';
import { abortError, codes } from './errors.js';
import { inspect } from './inspect.js';
import { nextTick } from './loop.js';

const kCapture = Symbol('kCapture');
const kShape = Symbol('shapeMode');
const { init } = Package;

// The package's constructor passes no options on.
const EventEmitter = { EventEmitter: function (options) { // eslint-disable-line object-shorthand
  EventEmitter.init.call(this, options);
} }.EventEmitter;
Object.setPrototypeOf(EventEmitter, Object.getPrototypeOf(Package));
Object.defineProperties(EventEmitter, Object.getOwnPropertyDescriptors({ defaultMaxListeners: 10 }));
EventEmitter.prototype = Package.prototype;
Object.defineProperty(EventEmitter.prototype, 'constructor', { value: EventEmitter, writable: true, configurable: true, enumerable: true });
EventEmitter.init = function initialise(options) {
  init.call(this, options);
  const capture = options?.captureRejections ?? EventEmitter.captureRejections;
  Object.defineProperty(this, kShape, { value: false, writable: true, configurable: true, enumerable: true });
  Object.defineProperty(this, kCapture, { value: !!capture, writable: true, configurable: true, enumerable: true });
};
const errorMonitor = Symbol('events.errorMonitor');
const rejection = Symbol.for('nodejs.rejection');

function checkListener(listener) {
  if (typeof listener !== 'function') {
    throw codes.ERR_INVALID_ARG_TYPE('listener', 'Function', listener);
  }
}

// The package would warn on the console.
function warnOfLeak(emitter, type) {
  const list = emitter._events?.[type];
  const most = emitter.getMaxListeners();
  if (typeof list !== 'object' || list.warned || most <= 0 || list.length <= most) {
    return;
  }
  list.warned = true;
  const warning = new Error(`Possible EventEmitter memory leak detected. ${list.length} ${String(type)} listeners added to ${
    inspect(emitter, { depth: -1 })}. MaxListeners is ${most}. Use emitter.setMaxListeners() to increase limit`);
  warning.name = 'MaxListenersExceededWarning';
  Object.assign(warning, { emitter, type, count: list.length });
  globalThis.process.emitWarning(warning);
}
for (const name of ['on', 'once', 'prependListener', 'prependOnceListener', 'removeListener']) {
  const original = EventEmitter.prototype[name];
  EventEmitter.prototype[name] = { [name](type, listener) {
    checkListener(listener);
    if (name === 'removeListener') {
      return original.call(this, type, listener);
    }
    const most = this._maxListeners;
    this._maxListeners = Infinity;
    original.call(this, type, listener);
    this._maxListeners = most;
    warnOfLeak(this, type);
    return this;
  } }[name];
}
EventEmitter.prototype.addListener = EventEmitter.prototype.on;
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;
EventEmitter.prototype.setMaxListeners = function setMaxListeners(count) {
  if (typeof count !== 'number') {
    throw codes.ERR_INVALID_ARG_TYPE('setMaxListeners', 'number', count);
  }
  if (!(count >= 0)) {
    throw codes.ERR_OUT_OF_RANGE('setMaxListeners', '>= 0', count);
  }
  this._maxListeners = count;
  return this;
};

// Where an error event was emitted that nobody heard.
export const emittedAt = new WeakMap();

function unheard(values, emitter) {
  const error = values[0];
  if (error instanceof Error) {
    const at = {};
    Error.captureStackTrace(at, unheard);
    const name = emitter.constructor?.name;
    emittedAt.set(error, { instance: name === undefined || name === 'EventEmitter' ? '' : ` on ${name} instance`, frames: at.stack.split('\n').slice(1) });
    throw error;
  }
  let text;
  try {
    text = inspect(error);
  } catch {
    text = error;
  }
  const unhandled = codes.ERR_UNHANDLED_ERROR(text);
  unhandled.context = error;
  throw unhandled;
}

function rejected(emitter, type, values, error) {
  if (typeof emitter[rejection] === 'function') {
    emitter[rejection](error, type, ...values);
    return;
  }
  const before = emitter[kCapture];
  emitter[kCapture] = false;
  try {
    emitter.emit('error', error);
  } finally {
    emitter[kCapture] = before;
  }
}

EventEmitter.prototype.emit = { emit(type, ...values) {
  const events = this._events;
  if (type === 'error') {
    if (events?.[errorMonitor] !== undefined) {
      this.emit(errorMonitor, ...values);
    }
    if (events?.error === undefined) {
      unheard(values, this);
    }
  }
  const handler = events?.[type];
  if (handler === undefined) {
    return false;
  }
  const list = [];
  const count = typeof handler === 'function' ? 1 : handler.length;
  for (let i = 0; i < count; i++) {
    list[i] = typeof handler === 'function' ? handler : handler[i];
  }
  for (let i = 0; i < count; i++) {
    const result = Reflect.apply(list[i], this, values);
    if (result !== undefined && result !== null && this[kCapture] && typeof result.then === 'function') {
      result.then(undefined, (error) => nextTick(rejected, this, type, values, error));
    }
  }
  return true;
} }.emit;

EventEmitter.EventEmitter = EventEmitter;
EventEmitter.errorMonitor = errorMonitor;
EventEmitter.captureRejectionSymbol = rejection;
EventEmitter.captureRejections = false;
EventEmitter.usingDomains = false;
EventEmitter.listenerCount = (emitter, type) => emitter.listenerCount(type);
EventEmitter.getEventListeners = (emitter, type) => emitter.listeners?.(type) ?? [];
EventEmitter.getMaxListeners = (emitter) => emitter.getMaxListeners?.() ?? EventEmitter.defaultMaxListeners;
EventEmitter.setMaxListeners = (count, ...emitters) => {
  for (const emitter of emitters) {
    emitter.setMaxListeners?.(count);
  }
};

EventEmitter.once = function once(emitter, name, { signal } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal.reason));
      return;
    }
    if (typeof emitter.addEventListener === 'function' && typeof emitter.on !== 'function') {
      emitter.addEventListener(name, (...values) => resolve(values), { once: true });
      return;
    }
    const failed = (error) => {
      emitter.removeListener(name, done);
      reject(error);
    };
    const done = (...values) => {
      emitter.removeListener('error', failed);
      resolve(values);
    };
    emitter.once(name, done);
    if (name !== 'error') {
      emitter.once('error', failed);
    }
    signal?.addEventListener('abort', () => {
      emitter.removeListener(name, done);
      emitter.removeListener('error', failed);
      reject(abortError(signal.reason));
    }, { once: true });
  });
};

EventEmitter.on = function onEvents(emitter, name, { signal } = {}) {
  const values = [];
  const waiting = [];
  let failure;
  let finished = false;
  const take = (...value) => (waiting.length > 0 ? waiting.shift().resolve({ value, done: false }) : values.push(value));
  const fail = (error) => {
    finished = true;
    if (waiting.length > 0) {
      waiting.shift().reject(error);
    } else {
      failure = error;
    }
    stop();
  };
  const stop = () => {
    emitter.removeListener(name, take);
    emitter.removeListener('error', fail);
    finished = true;
    for (const { resolve } of waiting.splice(0)) {
      resolve({ value: undefined, done: true });
    }
    return Promise.resolve({ value: undefined, done: true });
  };
  emitter.on(name, take);
  if (name !== 'error') {
    emitter.on('error', fail);
  }
  signal?.addEventListener('abort', () => fail(abortError(signal.reason)), { once: true });
  return {
    next() {
      if (values.length > 0) {
        return Promise.resolve({ value: values.shift(), done: false });
      }
      if (failure) {
        const error = failure;
        failure = undefined;
        return Promise.reject(error);
      }
      if (finished) {
        return Promise.resolve({ value: undefined, done: true });
      }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return: stop,
    throw(error) {
      fail(error);
      return Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]() { return this; },
  };
};
Object.defineProperty(EventEmitter.once, 'name', { value: 'once' });
Object.defineProperty(EventEmitter.on, 'name', { value: 'on' });

EventEmitter.addAbortListener = function addAbortListener(signal, listener) {
  if (signal.aborted) {
    queueMicrotask(() => listener());
  } else {
    signal.addEventListener('abort', listener, { once: true });
  }
  return { [Symbol.dispose ?? Symbol.for('nodejs.dispose')]: () => signal.removeEventListener('abort', listener) };
};
EventEmitter.EventEmitterAsyncResource = class EventEmitterAsyncResource extends EventEmitter {};

export default EventEmitter;
