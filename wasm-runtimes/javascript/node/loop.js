// The event loop: nextTick, microtasks, timers and immediates, in node's order.
import native from './native.js';
import { codes, validate } from './errors.js';

const ticks = [];
let tickAt = 0;
// Rejected promises that nobody has taken up yet, how many, those taken up late, and what to do with them.
export const rejections = { pending: new Map(), count: 0, handled: [], handledCount: 0, report: () => {} };
// Set by errors_uncaught.js: (error, origin) => whether the program goes on.
export const hooks = { uncaught: null };

function guarded(callback, self, values) {
  try {
    Reflect.apply(callback, self, values);
  } catch (error) {
    hooks.uncaught(error, 'uncaughtException');
  }
}

export function nextTick(callback, ...values) {
  validate.function(callback, 'callback');
  ticks.push(callback, values, native.asyncContext());
}

// Promises keep their jobs' errors to themselves; what a FinalizationRegistry calls does not.
function runMicrotasks() {
  for (;;) {
    try {
      native.runMicrotasks();
      return;
    } catch (error) {
      hooks.uncaught(error, 'uncaughtException');
    }
  }
}

// Everything that runs between two callbacks.
export function drain() {
  for (;;) {
    do {
      while (tickAt < ticks.length) {
        const callback = ticks[tickAt];
        const values = ticks[tickAt + 1];
        native.setAsyncContext(ticks[tickAt + 2]);
        tickAt += 3;
        guarded(callback, undefined, values);
        if (tickAt > 1024 && tickAt === ticks.length) {
          ticks.length = tickAt = 0;
        }
      }
      ticks.length = tickAt = 0;
      native.setAsyncContext(undefined);
      runMicrotasks();
    } while (ticks.length > 0);
    if (rejections.count === 0 && rejections.handledCount === 0) {
      return;
    }
    rejections.report();
  }
}

export function queueMicrotask(callback) {
  validate.function(callback, 'callback');
  promiseThen(resolved, () => {
    try {
      Reflect.apply(callback, undefined, []);
    } catch (error) {
      hooks.uncaught(error, 'uncaughtException', true);
    }
  });
}
const resolved = Promise.resolve();
const promiseThen = Function.prototype.call.bind(Promise.prototype.then);

// Timers. The clock stands still while a callback runs, as libuv's does.
let now = 0;
let sequence = 0;
let live = 0; // that keep the program alive
const heap = []; // by due time, then by age

const before = (a, b) => a._due < b._due || (a._due === b._due && a._sequence < b._sequence);

function push(timer) {
  let at = heap.length;
  heap.push(timer);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(timer, heap[parent])) {
      break;
    }
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = timer;
}

function pop() {
  const top = heap[0];
  const last = heap.pop();
  if (heap.length > 0) {
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) {
        break;
      }
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(heap[child], last)) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }
  return top;
}

function updateNow() {
  now = Math.floor(native.monotonic() / 1e6);
}

const known = new Map();
const hidden = { enumerable: false, writable: true, configurable: true, value: undefined };

export class Timeout {
  constructor(callback, after, values, repeat) {
    after *= 1;
    if (!(after >= 1 && after <= 2 ** 31 - 1)) {
      after = 1;
    }
    this._idleTimeout = after;
    this._idlePrev = this;
    this._idleNext = this;
    this._idleStart = null;
    this._onTimeout = callback;
    this._timerArgs = values.length === 0 ? undefined : values;
    this._repeat = repeat ? after : null;
    this._destroyed = false;
    for (const name of ['_values', '_due', '_sequence', '_ref', '_generation', '_queued', '_counted', '_context']) {
      Object.defineProperty(this, name, hidden);
    }
    this._values = values;
    this._context = native.asyncContext();
    this._ref = true;
    this._generation = 0;
    start(this);
  }

  ref() {
    this._ref = true;
    count(this, this._queued);
    return this;
  }

  unref() {
    this._ref = false;
    count(this, false);
    return this;
  }

  hasRef() {
    return this._ref;
  }

  refresh() {
    if (!this._destroyed) {
      stop(this);
      start(this);
    }
    return this;
  }

  close() {
    clearTimeout(this);
    return this;
  }

  [Symbol.toPrimitive]() {
    this._id ??= ++sequence;
    Object.defineProperty(this, '_id', { enumerable: false });
    known.set(this._id, this);
    return this._id;
  }

  [Symbol.dispose ?? Symbol.for('nodejs.dispose')]() {
    clearTimeout(this);
  }
}

// A timer in the queue that has not been unref'd keeps the program alive.
function count(timer, counts) {
  if (counts !== !!timer._counted) {
    timer._counted = counts;
    live += counts ? 1 : -1;
  }
}

function start(timer) {
  timer._due = now + Math.trunc(timer._idleTimeout);
  timer._sequence = ++sequence;
  timer._destroyed = false;
  timer._queued = true;
  count(timer, timer._ref);
  // The entry, not the timer, is queued, so that a refreshed or cleared one is told apart.
  push({ timer, generation: ++timer._generation, _due: timer._due, _sequence: timer._sequence });
}

function stop(timer) {
  if (!timer._destroyed) {
    timer._destroyed = true;
    timer._generation++;
    timer._queued = false;
    count(timer, false);
  }
}

export function setTimeout(callback, after, ...values) {
  validate.function(callback, 'callback');
  return new Timeout(callback, after, values, false);
}

export function setInterval(callback, after, ...values) {
  validate.function(callback, 'callback');
  return new Timeout(callback, after, values, true);
}

export function clearTimeout(timer) {
  if (typeof timer === 'number' || typeof timer === 'string') {
    timer = known.get(Number(timer));
  }
  if (timer instanceof Timeout) {
    stop(timer);
    timer._idleTimeout = -1;
  }
}

export function clearInterval(timer) {
  clearTimeout(timer);
}

let immediates = [];

export class Immediate {
  constructor(callback, values) {
    this._onImmediate = callback;
    Object.defineProperty(this, '_values', { ...hidden, value: values });
    Object.defineProperty(this, '_ref', { ...hidden, value: true });
    Object.defineProperty(this, '_context', { ...hidden, value: native.asyncContext() });
    this._destroyed = false;
    immediatesMade++;
    immediates.push(this);
  }

  ref() {
    this._ref = true;
    return this;
  }

  unref() {
    this._ref = false;
    return this;
  }

  hasRef() {
    return this._ref;
  }
}

export function setImmediate(callback, ...values) {
  validate.function(callback, 'callback');
  return new Immediate(callback, values);
}

export function clearImmediate(immediate) {
  if (immediate instanceof Immediate) {
    immediate._destroyed = true;
  }
}

function runTimers() {
  while (heap.length > 0) {
    const entry = heap[0];
    const { timer } = entry;
    if (entry.generation !== timer._generation) {
      pop();
      continue;
    }
    if (entry._due > now) {
      return;
    }
    pop();
    timer._queued = false;
    count(timer, false);
    const generation = ++timer._generation;
    native.setAsyncContext(timer._context);
    try {
      const values = timer._values;
      if (values.length === 0) {
        timer._onTimeout();
      } else {
        timer._onTimeout(...values);
      }
    } catch (error) {
      hooks.uncaught(error, 'uncaughtException');
    }
    if (timer._generation === generation && !timer._destroyed) {
      if (timer._repeat) {
        updateNow();
        timer._idleTimeout = timer._repeat;
        start(timer);
      } else {
        timer._destroyed = true;
      }
    }
    drain();
  }
}

function runImmediates() {
  const queue = immediates;
  immediates = [];
  for (const immediate of queue) {
    if (immediate._destroyed) {
      continue;
    }
    immediate._destroyed = true;
    try {
      native.setAsyncContext(immediate._context);
      const callback = immediate._onImmediate;
      immediate._onImmediate = null;
      Reflect.apply(callback, immediate, immediate._values);
    } catch (error) {
      hooks.uncaught(error, 'uncaughtException');
    }
    drain();
  }
}

export function begin() {
  updateNow();
}

// What waits for the network, set by net/poll.js: how many do, how many of them keep the program
// alive, and how to wait so many milliseconds (negative: for ever). `begun` counts what was asked of
// the network, granted or not.
export const network = { waiting: 0, live: 0, begun: 0, wait: null };

// Runs a callback of the network, and what follows from it.
export function deliver(callback, self, values, context) {
  native.setAsyncContext(context);
  guarded(callback, self, values);
  drain();
}

// Runs until nothing is left that could happen.
export function runLoop() {
  let first = true;
  while (pendingWork()) {
    updateNow();
    if (first) {
      // Starting a real node takes longer than the shortest timer.
      now += 1;
      first = false;
    }
    runTimers();
    if (immediates.length > 0) {
      if (network.waiting > 0) {
        network.wait(0);
      }
      runImmediates();
      continue;
    }
    if (live === 0 && network.live === 0) {
      return;
    }
    while (heap.length > 0 && heap[0].generation !== heap[0].timer._generation) {
      pop();
    }
    const pause = heap.length > 0 ? Math.max(heap[0]._due - native.monotonic() / 1e6, 0) : -1;
    if (network.waiting > 0) {
      network.wait(pause);
    } else {
      native.sleep(pause);
    }
  }
}

// Changes with every timer and immediate that is made, and whenever something waits for the network.
let immediatesMade = 0;
export const activity = () => sequence + immediatesMade + network.begun;

// Whether the loop has anything left to do.
export function pendingWork() {
  if (live > 0 || network.live > 0) {
    return true;
  }
  for (let at = 0; at < immediates.length; at++) {
    if (immediates[at]._ref && !immediates[at]._destroyed) {
      return true;
    }
  }
  return false;
}
