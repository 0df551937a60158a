// Event, EventTarget, AbortController, MessageChannel.
import { codes, validate } from './errors.js';
import { inspect } from './inspect.js';
import { setTimeout } from './loop.js';
import native from './native.js';

const custom = Symbol.for('nodejs.util.inspect.custom');
const kState = Symbol('kState');

export class Event {
  constructor(type, options) {
    if (arguments.length === 0) {
      throw codes.ERR_MISSING_ARGS('type');
    }
    Object.defineProperty(this, kState, { enumerable: false, value: {
      type: `${type}`, bubbles: !!options?.bubbles, cancelable: !!options?.cancelable, composed: !!options?.composed,
      target: null, prevented: false, stopped: false, time: (native.monotonic() - 1e9) / 1e6, dispatching: false,
    } });
  }

  get type() { return this[kState].type; }
  get target() { return this[kState].target; }
  get currentTarget() { return this[kState].target; }
  get srcElement() { return this[kState].target; }
  get bubbles() { return this[kState].bubbles; }
  get cancelable() { return this[kState].cancelable; }
  get composed() { return this[kState].composed; }
  get defaultPrevented() { return this[kState].cancelable && this[kState].prevented; }
  get returnValue() { return !this.defaultPrevented; }
  get timeStamp() { return this[kState].time; }
  get eventPhase() { return this[kState].dispatching ? 2 : 0; }
  get cancelBubble() { return this[kState].stopped; }
  get isTrusted() { return false; }
  composedPath() { return this[kState].dispatching ? [this[kState].target] : []; }
  preventDefault() { this[kState].prevented = true; }
  stopPropagation() {}
  stopImmediatePropagation() { this[kState].stopped = true; }
  get [Symbol.toStringTag]() { return 'Event'; }

  [custom](depth, options) {
    const name = this.constructor.name;
    if (depth < 0) {
      return name;
    }
    return `${name} ${inspect({ type: this.type, defaultPrevented: this.defaultPrevented, cancelable: this.cancelable,
      timeStamp: this.timeStamp }, { ...options, depth: options.depth === null ? null : options.depth - 1 })}`;
  }
}
Object.assign(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

export class CustomEvent extends Event {
  #detail;
  constructor(type, options) {
    super(type, options);
    this.#detail = options?.detail ?? null;
  }
  get detail() { return this.#detail; }
}

export class EventTarget {
  #listeners = new Map();

  addEventListener(type, listener, options) {
    if (listener === null || listener === undefined) {
      return;
    }
    if (typeof listener !== 'function' && typeof listener !== 'object') {
      throw codes.ERR_INVALID_ARG_TYPE('listener', 'EventListener', listener);
    }
    const { once = false, capture = false, signal } = typeof options === 'object' && options !== null ? options
      : { capture: !!options };
    if (signal?.aborted) {
      return;
    }
    type = `${type}`;
    const list = this.#listeners.get(type) ?? [];
    if (!list.some((entry) => entry.listener === listener && entry.capture === capture)) {
      list.push({ listener, once, capture });
      this.#listeners.set(type, list);
      signal?.addEventListener('abort', () => this.removeEventListener(type, listener, options), { once: true });
    }
  }

  removeEventListener(type, listener, options) {
    const capture = typeof options === 'object' && options !== null ? !!options.capture : !!options;
    const list = this.#listeners.get(`${type}`) ?? [];
    const at = list.findIndex((entry) => entry.listener === listener && entry.capture === capture);
    if (at >= 0) {
      this.#listeners.set(`${type}`, list.toSpliced(at, 1));
    }
  }

  dispatchEvent(event) {
    if (!(event instanceof Event)) {
      throw codes.ERR_INVALID_ARG_TYPE('event', 'Event', event);
    }
    const state = event[kState];
    state.target = this;
    state.dispatching = true;
    for (const { listener, once, capture } of this.#listeners.get(event.type) ?? []) {
      if (once) {
        this.removeEventListener(event.type, listener, capture);
      }
      try {
        if (typeof listener === 'function') {
          listener.call(this, event);
        } else {
          listener.handleEvent?.(event);
        }
      } catch (error) {
        setTimeout(() => { throw error; }, 0);
      }
      if (state.stopped) {
        break;
      }
    }
    state.dispatching = false;
    return !event.defaultPrevented;
  }

  get [Symbol.toStringTag]() { return 'EventTarget'; }
  [custom](depth) { return depth < 0 ? this.constructor.name : `${this.constructor.name} {}`; }
}

// An `on…` attribute: its listener keeps the place it had when it was first set.
export function handlerProperty(Class, type) {
  const handlers = new WeakMap();
  Object.defineProperty(Class.prototype, `on${type}`, {
    get() { return handlers.get(this)?.handler ?? null; },
    set(handler) {
      const known = handlers.get(this);
      if (known !== undefined) {
        known.handler = typeof handler === 'function' ? handler : null;
        return;
      }
      if (typeof handler === 'function') {
        const entry = { handler };
        handlers.set(this, entry);
        this.addEventListener(type, (event) => entry.handler?.call(this, event));
      }
    },
    enumerable: true, configurable: true,
  });
}

const kCreate = Symbol('kCreate');

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  constructor(token) {
    if (token !== kCreate) {
      throw codes.ERR_ILLEGAL_CONSTRUCTOR();
    }
    super();
  }

  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }

  throwIfAborted() {
    if (this.#aborted) {
      throw this.#reason;
    }
  }

  static [kCreate](signal, reason) {
    if (!signal.#aborted) {
      signal.#aborted = true;
      signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
      signal.dispatchEvent(new Event('abort'));
    }
  }

  get [Symbol.toStringTag]() { return 'AbortSignal'; }
  [custom](depth, options) {
    return depth < 0 ? 'AbortSignal' : `AbortSignal ${inspect({ aborted: this.aborted }, options)}`;
  }
}
handlerProperty(AbortSignal, 'abort');
const abortSignal = AbortSignal[kCreate];
delete AbortSignal[kCreate];
AbortSignal.abort = function abort(reason) {
  const signal = new AbortSignal(kCreate);
  abortSignal(signal, reason);
  return signal;
};
AbortSignal.timeout = function timeout(ms) {
  validate.integer(ms, 'delay', 0, 2 ** 32 - 1);
  const signal = new AbortSignal(kCreate);
  setTimeout(() => abortSignal(signal,
    new DOMException('The operation was aborted due to timeout', 'TimeoutError')), ms).unref();
  return signal;
};
AbortSignal.any = function any(signals) {
  const result = new AbortSignal(kCreate);
  for (const signal of signals) {
    if (signal.aborted) {
      abortSignal(result, signal.reason);
      break;
    }
    signal.addEventListener('abort', () => abortSignal(result, signal.reason), { once: true });
  }
  return result;
};

export class AbortController {
  #signal = new AbortSignal(kCreate);
  get signal() { return this.#signal; }
  abort(reason) { abortSignal(this.#signal, reason); }
  get [Symbol.toStringTag]() { return 'AbortController'; }
  [custom](depth, options) {
    return depth < 0 ? 'AbortController' : `AbortController ${inspect({ signal: this.signal }, options)}`;
  }
}
