// net.Socket: a duplex stream over a transport. Only clients: nothing can listen here.
import native from '../native.js';
import { Buffer, bytesOf } from '../buffer.js';
import { codes, declare, notPermitted, validate } from '../errors.js';
import { clearTimeout, network, nextTick, setTimeout } from '../loop.js';
import { Duplex } from '../stream.js';
import { isIP, validatePort } from './address.js';
import { lookup } from './dns.js';
import { AGAIN, failure, IN_PROGRESS, TIMED_OUT } from './failures.js';
import { acquire } from './handles.js';
import { HostStream } from './transport.js';

declare('ERR_SOCKET_CLOSED', Error, 'Socket is closed');
declare('ERR_SOCKET_CLOSED_BEFORE_CONNECTION', Error, 'Socket closed before the connection was established');

const ATTEMPT_TIMEOUT = 250;
export const defaults = { autoSelectFamily: true, attemptTimeout: ATTEMPT_TIMEOUT };

// What connect() was called with, as options and a callback.
export function normalizeArgs(values) {
  let [first] = values;
  let options = {};
  if (Array.isArray(first)) {
    [first, ...values] = values = first;
    values.unshift(first);
  }
  if (typeof first === 'object' && first !== null) {
    options = first;
  } else if (typeof first === 'string' && !(Number(first) >= 0)) {
    options.path = first;
  } else if (values.length > 0) {
    options.port = first;
    if (typeof values[1] === 'string') {
      options.host = values[1];
    }
  }
  const callback = values.at(-1);
  return [options, typeof callback === 'function' ? callback : null];
}

export class Socket extends Duplex {
  #timer = null;
  #pending = null; // what is being written: bytes left, and the callback
  #reading = false;
  #addresses = {};
  #unreffed = false;

  constructor(options = {}) {
    options = typeof options === 'number' ? { fd: options } : { ...options };
    if (options.fd !== undefined) {
      throw notPermitted('open');
    }
    super({ ...options, allowHalfOpen: !!options.allowHalfOpen, emitClose: false, autoDestroy: true, decodeStrings: true,
      objectMode: false, readableObjectMode: false, writableObjectMode: false, read: undefined, write: undefined });
    this.connecting = false;
    this.timeout = 0;
    this.bytesRead = 0;
    this.server = null;
    this._bytesDispatched = 0;
    this._hadError = false;
    this._handle = null;
    this._host = null;
    this._parent = null;
  }

  connect(...values) {
    const [options, callback] = normalizeArgs(values);
    if (options.path === undefined && options.port === undefined) {
      throw Object.assign(new TypeError('The "options" or "port" or "path" argument must be specified'), { code: 'ERR_MISSING_ARGS' });
    }
    if (callback !== null) {
      this.once('connect', callback);
    }
    network.begun++;
    this.connecting = true;
    this.#addresses = {};
    if (options.path !== undefined && options.path !== null) {
      validate.string(options.path, 'options.path');
      const error = notPermitted('connect', undefined, { address: options.path });
      error.message = `connect EPERM ${options.path} - programs here have no Unix sockets`;
      nextTick(() => this.destroy(error));
      return this;
    }
    validate.object(options, 'options');
    if (typeof options.port !== 'number' && typeof options.port !== 'string') {
      throw codes.ERR_INVALID_ARG_TYPE('options.port', ['number', 'string'], options.port);
    }
    const port = validatePort(options.port);
    const host = options.host || 'localhost';
    this.#touch();
    if (isIP(host) !== 0) {
      nextTick(() => this.#attempt([{ address: host }], port, options));
      return this;
    }
    this._host = host;
    this.#lookup(host, port, options);
    return this;
  }

  #lookup(host, port, options) {
    if (options.lookup !== undefined) {
      validate.function(options.lookup, 'options.lookup');
    }
    const every = (options.autoSelectFamily ?? defaults.autoSelectFamily) && options.family !== 4 && options.family !== 6;
    const wanted = { family: typeof options.family === 'number' ? options.family : undefined, hints: options.hints || 0, ...(every && { all: true }) };
    const resolve = options.lookup ?? lookup;
    resolve(host, wanted, (error, found, family) => {
      const addresses = Array.isArray(found) ? found : [{ address: found, family }];
      for (const each of error ? [{}] : addresses) {
        this.emit('lookup', error ?? null, each.address, each.family, host);
      }
      if (!this.connecting) {
        return;
      }
      if (error) {
        nextTick(() => this.destroy(error));
      } else {
        const bad = addresses.find((each) => isIP(each.address) === 0);
        if (bad !== undefined || addresses.length === 0) {
          const wrong = Object.assign(new TypeError(`Invalid IP address: ${bad?.address}`), { code: 'ERR_INVALID_IP_ADDRESS', host, port });
          nextTick(() => this.destroy(wrong));
          return;
        }
        this.#attempt(interleaved(addresses), port, options);
      }
    });
  }

  // Tries one address after the other.
  #attempt(addresses, port, options, errors = []) {
    if (!this.connecting || this.destroyed) {
      return;
    }
    const [{ address }, ...others] = addresses;
    let timer = null;
    const next = (error) => {
      clearTimeout(timer);
      this._handle?.close();
      this._handle = null;
      errors.push(error);
      if (others.length > 0) {
        this.#attempt(others, port, options, errors);
        return;
      }
      const all = errors.length === 1 ? error : Object.assign(new AggregateError(errors), { code: errors[0].code });
      this.destroy(all);
    };
    const wanted = () => this.connecting && !this.destroyed;
    acquire(() => (wanted() ? native.netConnect(address, port) : undefined), (handle) => {
      if (handle < 0) {
        const error = failure(handle, 'connect', address, port);
        nextTick(next, error);
        return;
      }
      const transport = new HostStream(handle);
      transport.ref = !this.#unreffed;
      transport.ready = () => {
        const status = transport.status();
        if (status === IN_PROGRESS) {
          return;
        }
        if (status < 0) {
          next(failure(status, 'connect', address, port));
          return;
        }
        clearTimeout(timer);
        this._adopt(transport);
        this._established();
      };
      this._handle = transport;
      transport.want(false, true);
      if (others.length > 0) {
        timer = setTimeout(() => {
          next(Object.assign(failure(TIMED_OUT, 'connect', address, port), { errno: -110 }));
        }, Math.max(options.autoSelectFamilyAttemptTimeout ?? defaults.attemptTimeout, 10));
      }
    });
  }

  // Takes a connected transport for its own.
  _adopt(transport) {
    this._handle = transport;
    transport.ref = !this.#unreffed;
    transport.ready = () => this._ready();
    transport.want(false, false);
    this.#addresses = { own: transport.address(0), peer: transport.address(1) };
  }

  // Gives its transport away; what is read or written from now on is the new owner's affair.
  _release() {
    const transport = this._handle;
    this._handle = null;
    this.#reading = false;
    transport?.want(false, false);
    return transport;
  }

  _established() {
    this.connecting = false;
    this.#touch();
    this.emit('connect');
    this.emit('ready');
    if (!this.destroyed && this.readable && !this.isPaused()) {
      this.read(0);
    }
  }

  // Something may be read or written.
  _ready() {
    if (this.#pending !== null) {
      this.#send();
    }
    if (this.#reading && this._handle !== null) {
      this.#receive();
    }
    this._want();
  }

  _want() {
    this._handle?.want(this.#reading, this.#pending !== null);
  }

  #receive() {
    // At most so often before others get their turn.
    for (let turn = 0; turn < 8 && this.#reading && this._handle !== null; turn++) {
      const bytes = this._handle.receive();
      if (bytes === AGAIN) {
        return;
      }
      if (typeof bytes === 'number') {
        this.destroy(this._failure(bytes, 'read'));
        return;
      }
      this.#touch();
      if (bytes.length === 0) {
        this.#reading = false;
        this.push(null);
        this.read(0);
        return;
      }
      this.bytesRead += bytes.length;
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      if (!this.push(chunk)) {
        this.#reading = false;
      }
    }
  }

  _failure(number, syscall) {
    return failure(number, syscall);
  }

  _read(size) {
    if (this.connecting) {
      this.once('connect', () => this._read(size));
    } else if (this._handle !== null && !this.#reading) {
      this.#reading = true;
      this._want();
      // What a transport has in hand already nobody will tell of.
      if (this._handle.buffered) {
        nextTick(() => this.#reading && this._ready());
      }
    }
  }

  #send() {
    const pending = this.#pending;
    while (pending.at < pending.bytes.length) {
      const taken = this._handle === null ? -53 : this._handle.send(pending.at === 0 ? pending.bytes : pending.bytes.subarray(pending.at));
      if (taken === AGAIN) {
        return;
      }
      if (taken < 0) {
        this.#pending = null;
        pending.callback(this._handle === null ? codes.ERR_SOCKET_CLOSED() : this._failure(taken, 'write'));
        return;
      }
      pending.at += taken;
    }
    this.#pending = null;
    this.#touch();
    pending.callback();
  }

  _write(chunk, encoding, callback) {
    const bytes = bytesOf(chunk, encoding === 'buffer' ? undefined : encoding);
    if (this.connecting) {
      const closed = () => callback(codes.ERR_SOCKET_CLOSED_BEFORE_CONNECTION());
      this.once('connect', () => {
        this.off('close', closed);
        this._write(bytes, 'buffer', callback);
      });
      this.once('close', closed);
      return;
    }
    if (this._handle === null) {
      callback(codes.ERR_SOCKET_CLOSED());
      return;
    }
    this._bytesDispatched += bytes.length;
    this.#pending = { bytes, at: 0, callback };
    this.#send();
    if (this.#pending !== null) {
      this._want();
    }
  }

  _writev(chunks, callback) {
    this._write(Buffer.concat(chunks.map(({ chunk, encoding }) => bytesOf(chunk, encoding === 'buffer' ? undefined : encoding))), 'buffer', callback);
  }

  _final(callback) {
    if (this.connecting) {
      this.once('connect', () => this._final(callback));
      return;
    }
    this._handle?.shutdown();
    callback();
  }

  _destroy(error, callback) {
    const opened = this._handle !== null || this.connecting;
    this.connecting = false;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#reading = false;
    const pending = this.#pending;
    this.#pending = null;
    this._handle?.close();
    this._handle = null;
    this._hadError = !!error;
    pending?.callback(error ?? codes.ERR_SOCKET_CLOSED());
    callback(error);
    // What was never opened says only that it is closed.
    nextTick(() => (opened ? this.emit('close', this._hadError) : this.emit('close')));
  }

  destroySoon() {
    if (this.writable) {
      this.end();
    }
    if (this.writableFinished) {
      this.destroy();
    } else {
      this.once('finish', this.destroy);
    }
  }

  resetAndDestroy() {
    return this.destroy(this.connecting ? codes.ERR_SOCKET_CLOSED_BEFORE_CONNECTION() : undefined);
  }

  // Something happened: whoever waits for silence waits anew.
  #touch() {
    if (this.#timer?._destroyed) {
      this.#arm();
    } else {
      this.#timer?.refresh();
    }
  }
  #arm() {
    this.#timer = setTimeout(() => this.emit('timeout'), this.timeout).unref();
  }
  _unrefTimer() {
    this.#touch();
  }

  setTimeout(milliseconds, callback) {
    if (this.destroyed) {
      return this;
    }
    validate.number(milliseconds, 'msecs');
    if (!(milliseconds >= 0 && milliseconds < Infinity)) {
      throw codes.ERR_OUT_OF_RANGE('msecs', 'a non-negative finite number', milliseconds);
    }
    this.timeout = milliseconds;
    clearTimeout(this.#timer);
    this.#timer = null;
    if (milliseconds === 0) {
      if (callback !== undefined) {
        validate.function(callback, 'callback');
        this.removeListener('timeout', callback);
      }
      return this;
    }
    this.#arm();
    if (callback !== undefined) {
      validate.function(callback, 'callback');
      this.once('timeout', callback);
    }
    return this;
  }

  setNoDelay() { return this; }
  setKeepAlive() { return this; }
  setTypeOfService() { return this; }
  getTypeOfService() { return 0; }

  ref() { return this.#setRef(true); }
  unref() { return this.#setRef(false); }
  #setRef(ref) {
    this.#unreffed = !ref;
    if (this._handle !== null) {
      this._handle.ref = ref;
    }
    return this;
  }

  address() {
    const { own } = this.#addresses;
    return own === undefined ? {} : { address: own.address, family: own.family, port: own.port };
  }
  get remoteAddress() { return this.#addresses.peer?.address; }
  get remoteFamily() { return this.#addresses.peer?.family; }
  get remotePort() { return this.#addresses.peer?.port; }
  get localAddress() { return this.#addresses.own?.address; }
  get localFamily() { return this.#addresses.own?.family; }
  get localPort() { return this.#addresses.own?.port; }
  get bytesWritten() { return this._bytesDispatched + (this.connecting ? this.writableLength : 0); }
  get pending() { return this._handle === null || this.connecting; }
  get bufferSize() { return this.writableLength; }
  get _connecting() { return this.connecting; }
  get readyState() {
    if (this.connecting) {
      return 'opening';
    }
    return this.readable ? (this.writable ? 'open' : 'readOnly') : (this.writable ? 'writeOnly' : 'closed');
  }
}

// The families take turns, beginning with that of the first address.
function interleaved(addresses) {
  const [{ family: leading }] = addresses;
  const [same, others] = [addresses.filter((each) => each.family === leading), addresses.filter((each) => each.family !== leading)];
  const result = [];
  for (let i = 0; i < Math.max(same.length, others.length); i++) {
    result.push(...same.slice(i, i + 1), ...others.slice(i, i + 1));
  }
  return result;
}
