// events: the npm package's, brought up to node 20.
import EventEmitter from 'events';
import { abortError, codes, validate } from './errors.js';
import { inspect } from './inspect.js';

const kCapture = Symbol('kCapture');
const { init } = EventEmitter;
const { on, emit } = EventEmitter.prototype;
EventEmitter.init = function initialise(options) {
  init.call(this, options);
  Object.defineProperty(this, kCapture, { value: false, writable: true, configurable: true, enumerable: true });
};

function checkListener(listener) {
  if (typeof listener !== 'function') {
    throw codes.ERR_INVALID_ARG_TYPE('listener', 'Function', listener);
  }
}
for (const name of ['on', 'once', 'prependListener', 'prependOnceListener', 'removeListener']) {
  const original = EventEmitter.prototype[name];
  EventEmitter.prototype[name] = { [name](type, listener) {
    checkListener(listener);
    return original.call(this, type, listener);
  } }[name];
}
EventEmitter.prototype.addListener = EventEmitter.prototype.on;
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;
EventEmitter.prototype.emit = function emit_(type, ...values) {
  if (type === 'error' && (this._events === undefined || this._events.error === undefined)) {
    const [error] = values;
    if (error instanceof Error) {
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
  return Reflect.apply(emit, this, arguments);
};
Object.defineProperty(EventEmitter.prototype.emit, 'name', { value: 'emit' });

EventEmitter.EventEmitter = EventEmitter;
EventEmitter.errorMonitor = Symbol('events.errorMonitor');
EventEmitter.captureRejectionSymbol = Symbol.for('nodejs.rejection');
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
void on;
void validate;

export default EventEmitter;
