// MessageChannel: two ports in one program, messages cloned on their way.
import { Event, EventTarget, handlerProperty } from './events_web.js';
import { setImmediate } from './loop.js';
import { structuredClone } from './web.js';

export class MessageEvent extends Event {
  #data;
  #origin;
  #lastEventId;
  #source;
  #ports;
  constructor(type, { data = null, origin = '', lastEventId = '', source = null, ports = [], ...options } = {}) {
    super(type, options);
    this.#data = data;
    this.#origin = `${origin}`;
    this.#lastEventId = `${lastEventId}`;
    this.#source = source;
    this.#ports = [...ports];
  }
  get data() { return this.#data; }
  get origin() { return this.#origin; }
  get lastEventId() { return this.#lastEventId; }
  get source() { return this.#source; }
  get ports() { return this.#ports; }
}

const kConnect = Symbol('kConnect');

export class MessagePort extends EventTarget {
  #other;
  #queue = [];
  #started = false;
  #closed = false;

  static [kConnect](one, two) {
    one.#other = two;
    two.#other = one;
  }

  postMessage(message, transfer) {
    if (arguments.length === 0) {
      throw Object.assign(new TypeError('The "message" argument must be specified'), { code: 'ERR_MISSING_ARGS' });
    }
    const copy = structuredClone(message, Array.isArray(transfer) ? { transfer } : transfer);
    const other = this.#other;
    if (this.#closed || other.#closed) {
      return;
    }
    other.#queue.push(copy);
    if (other.#started) {
      other.#deliver();
    }
  }

  #deliver() {
    setImmediate(() => {
      if (this.#queue.length > 0 && this.#started && !this.#closed) {
        const data = this.#queue.shift();
        this.dispatchEvent(new MessageEvent('message', { data }));
      }
    });
  }

  start() {
    if (!this.#started && !this.#closed) {
      this.#started = true;
      this.#queue.forEach(() => this.#deliver());
    }
  }

  close() {
    for (const port of [this, this.#other]) {
      if (!port.#closed) {
        port.#closed = true;
        setImmediate(() => port.dispatchEvent(new Event('close')));
      }
    }
  }

  // A program ends when nothing is left that could happen, whoever listens.
  ref() {}
  unref() {}

  on(type, listener) {
    const wrapped = type === 'message' ? (event) => listener(event.data) : listener;
    this.addEventListener(type, wrapped);
    if (type === 'message') {
      this.start();
    }
    return this;
  }

  once(type, listener) {
    this.addEventListener(type, (event) => listener(type === 'message' ? event.data : event), { once: true });
    this.start();
    return this;
  }
}
MessagePort.prototype.addListener = MessagePort.prototype.on;
handlerProperty(MessagePort, 'message');
handlerProperty(MessagePort, 'messageerror');
{
  const { get, set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
  Object.defineProperty(MessagePort.prototype, 'onmessage', { get, set(handler) {
    set.call(this, handler);
    this.start();
  }, enumerable: true, configurable: true });
}
const connect = MessagePort[kConnect];
delete MessagePort[kConnect];

export class MessageChannel {
  constructor() {
    this.port1 = new MessagePort();
    this.port2 = new MessagePort();
    connect(this.port1, this.port2);
  }
}

const channels = new Map();

export class BroadcastChannel extends EventTarget {
  #name;
  #closed = false;
  constructor(name) {
    super();
    this.#name = `${name}`;
    channels.set(this.#name, [...channels.get(this.#name) ?? [], this]);
  }
  get name() { return this.#name; }
  postMessage(message) {
    const data = structuredClone(message);
    for (const each of channels.get(this.#name) ?? []) {
      if (each !== this) {
        setImmediate(() => each.#closed || each.dispatchEvent(new MessageEvent('message', { data })));
      }
    }
  }
  close() {
    this.#closed = true;
    channels.set(this.#name, (channels.get(this.#name) ?? []).filter((each) => each !== this));
  }
  ref() { return this; }
  unref() { return this; }
}
handlerProperty(BroadcastChannel, 'message');
for (const Class of [MessageEvent, MessagePort, MessageChannel, BroadcastChannel]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}
