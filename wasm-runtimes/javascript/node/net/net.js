// net: connections from here to elsewhere. Nobody can connect to a program.
import EventEmitter from '../events.js';
import { notPermitted, validate } from '../errors.js';
import { nextTick } from '../loop.js';
import { isIP, isIPv4, isIPv6 } from './address.js';
import { defaults, normalizeArgs, Socket } from './socket.js';

export function connect(...values) {
  const [options, callback] = normalizeArgs(values);
  const socket = new Socket(options);
  if (options.timeout) {
    socket.setTimeout(options.timeout);
  }
  return callback === null ? socket.connect(options) : socket.connect(options, callback);
}

// Can be made, so that what only might serve can be loaded, but does not listen.
export class Server extends EventEmitter {
  constructor(options, listener) {
    super();
    const connected = typeof options === 'function' ? options : listener;
    if (connected !== undefined) {
      validate.function(connected, 'connectionListener');
      this.on('connection', connected);
    }
    this.listening = false;
    this.maxConnections = 0;
  }
  listen() {
    const error = notPermitted('listen');
    error.message = 'listen EPERM: operation not permitted - programs here cannot be servers';
    nextTick(() => this.emit('error', error));
    return this;
  }
  close(callback) {
    if (typeof callback === 'function') {
      const error = Object.assign(new Error('Server is not running.'), { code: 'ERR_SERVER_NOT_RUNNING' });
      nextTick(callback, error);
    }
    return this;
  }
  address() { return null; }
  getConnections(callback) {
    nextTick(callback, null, 0);
    return this;
  }
  ref() { return this; }
  unref() { return this; }
}

class BlockList {
  constructor() {
    throw notPermitted('BlockList');
  }
}

export default {
  _normalizeArgs: normalizeArgs, BlockList, connect, createConnection: connect,
  createServer: (options, listener) => new Server(options, listener), isIP, isIPv4, isIPv6, Server, Socket, Stream: Socket,
  getDefaultAutoSelectFamily: () => defaults.autoSelectFamily,
  setDefaultAutoSelectFamily(value) { defaults.autoSelectFamily = !!value; },
  getDefaultAutoSelectFamilyAttemptTimeout: () => defaults.attemptTimeout,
  setDefaultAutoSelectFamilyAttemptTimeout(value) {
    validate.integer(value, 'value', 1, 2 ** 31 - 1);
    defaults.attemptTimeout = value;
  },
};
