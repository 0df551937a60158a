// http.Agent: which connection a request gets, how many there are, and which are kept for the next.
import EventEmitter from '../events.js';
import { codes, validate } from '../errors.js';
import { scarce, spare } from '../net/handles.js';
import net from '../net/net.js';

const kOptions = Symbol('requestOptions');

// A constructor that old code calls without `new`.
export function Agent(options) {
  if (!(this instanceof Agent)) {
    return new Agent(options);
  }
  EventEmitter.call(this);
  this.defaultPort = 80;
  this.protocol = 'http:';
  this.options = { __proto__: null, ...options };
  this.options.noDelay ??= true;
  this.options.path = null; // not to be confused with a socket's
  this.requests = Object.create(null);
  this.sockets = Object.create(null);
  this.freeSockets = Object.create(null);
  this.keepAliveMsecs = this.options.keepAliveMsecs || 1000;
  this.keepAlive = this.options.keepAlive || false;
  this.maxSockets = this.options.maxSockets || Agent.defaultMaxSockets;
  this.maxFreeSockets = this.options.maxFreeSockets || 256;
  this.scheduling = this.options.scheduling || 'lifo';
  this.maxTotalSockets = this.options.maxTotalSockets;
  this.totalSocketCount = 0;
  if (!['fifo', 'lifo'].includes(this.scheduling)) {
    throw codes.ERR_INVALID_ARG_VALUE('scheduling', this.scheduling, "must be one of: 'fifo', 'lifo'");
  }
  if (this.maxTotalSockets === undefined) {
    this.maxTotalSockets = Infinity;
  } else {
    validate.number(this.maxTotalSockets, 'maxTotalSockets');
    if (!(this.maxTotalSockets >= 1)) {
      throw codes.ERR_OUT_OF_RANGE('maxTotalSockets', '> 0', this.maxTotalSockets);
    }
  }
  this.on('free', (socket, each) => freed(this, socket, each));
}
Object.setPrototypeOf(Agent.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Agent, EventEmitter);
Agent.defaultMaxSockets = Infinity;

function add(table, name, value) {
  (table[name] ??= []).push(value);
}

function remove(table, name, value) {
  const list = table[name];
  const at = list?.indexOf(value) ?? -1;
  if (at >= 0) {
    list.splice(at, 1);
    if (list.length === 0) {
      delete table[name];
    }
  }
  return at >= 0;
}

// A connection has nothing more to do: it serves who waits, is kept, or closed.
function freed(agent, socket, options) {
  const name = agent.getName(options);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const waiting = agent.requests[name];
  if (waiting !== undefined && waiting.length > 0) {
    const request = waiting.shift();
    if (waiting.length === 0) {
      delete agent.requests[name];
    }
    agent.reuseSocket(socket, request);
    give(agent, request, socket);
    return;
  }
  const request = socket._httpMessage;
  const free = agent.freeSockets[name] ?? [];
  const count = free.length + (agent.sockets[name]?.length ?? 0);
  if (!request?.shouldKeepAlive || !agent.keepAlive || scarce() || agent.totalSocketCount > agent.maxTotalSockets || count > agent.maxSockets ||
    free.length >= agent.maxFreeSockets || !agent.keepSocketAlive(socket)) {
    socket.destroy();
    return;
  }
  agent.removeSocket(socket, options);
  socket._httpMessage = null;
  // Whatever comes now is no answer to anything: a connection on which something came is not used again.
  socket._quietAt = socket.bytesRead;
  socket.on('error', ignore);
  socket.resume();
  add(agent.freeSockets, name, socket);
  idle.add(agent);
}

// Agents that keep connections, or did.
const idle = new Set();
spare.add(() => {
  for (const agent of idle) {
    for (const socket of Object.values(agent.freeSockets).flat()) {
      if (!socket.destroyed) {
        socket.destroy();
        return true;
      }
    }
    idle.delete(agent);
  }
  return false;
});

function ignore() {}

// Whether a kept connection can be used again.
function usable(socket) {
  const quiet = socket._quietAt === undefined || socket._quietAt === socket.bytesRead;
  if (!quiet) {
    socket.destroy();
  }
  return quiet && !socket.destroyed && socket.writable;
}

function give(agent, request, socket) {
  socket.off('error', ignore);
  request.onSocket(socket);
  const usual = agent.options.timeout || 0;
  if (request.timeout !== undefined && request.timeout !== usual) {
    socket.setTimeout(request.timeout);
  }
}

function watch(agent, socket, options) {
  const free = () => agent.emit('free', socket, options);
  const close = () => agent.removeSocket(socket, options, true);
  const timeout = () => {
    if (Object.values(agent.freeSockets).some((list) => list.includes(socket))) {
      socket.destroy();
    }
  };
  const leave = () => {
    agent.removeSocket(socket, options);
    socket.off('free', free).off('close', close).off('timeout', timeout).off('agentRemove', leave);
  };
  socket.on('free', free).on('close', close).on('timeout', timeout).on('agentRemove', leave);
  if (agent.options.timeout) {
    socket.setTimeout(agent.options.timeout);
  }
}

const methods = {
  createConnection(...values) { return net.createConnection(...values); },

  getName(options = {}) {
    let name = `${options.host || 'localhost'}:${options.port || ''}:${options.localAddress || ''}`;
    if (options.family === 4 || options.family === 6) {
      name += `:${options.family}`;
    }
    return options.socketPath ? `${name}:${options.socketPath}` : name;
  },

  addRequest(request, options, port, localAddress) {
    if (typeof options === 'string') {
      options = { __proto__: null, host: options, port, localAddress };
    }
    options = { __proto__: null, ...options, ...this.options };
    if (options.socketPath) {
      options.path = options.socketPath;
    }
    serverName(options, request);
    const name = this.getName(options);
    const free = this.freeSockets[name]?.filter(usable) ?? [];
    const busy = this.sockets[name]?.length ?? 0;
    const kept = this.scheduling === 'fifo' ? free[0] : free.at(-1);
    if (kept !== undefined) {
      remove(this.freeSockets, name, kept);
      add(this.sockets, name, kept);
      this.reuseSocket(kept, request);
      give(this, request, kept);
    } else if (busy < this.maxSockets && this.totalSocketCount < this.maxTotalSockets) {
      this.createSocket(request, options, (error, socket) => (error ? request.onSocket(socket, error) : give(this, request, socket)));
    } else {
      request[kOptions] = options;
      add(this.requests, name, request);
    }
  },

  createSocket(request, options, callback) {
    options = { __proto__: null, ...options, ...this.options };
    if (options.socketPath) {
      options.path = options.socketPath;
    }
    serverName(options, request);
    const name = this.getName(options);
    options._agentKey = name;
    options.encoding = null;
    let called = false;
    const created = (error, socket) => {
      if (called) {
        return;
      }
      called = true;
      if (error) {
        callback(error);
        return;
      }
      add(this.sockets, name, socket);
      this.totalSocketCount++;
      watch(this, socket, options);
      callback(null, socket);
    };
    if (this.keepAlive) {
      options.keepAlive = this.keepAlive;
      options.keepAliveInitialDelay = this.keepAliveMsecs;
    }
    const socket = this.createConnection(options, created);
    if (socket) {
      created(null, socket);
    }
  },

  removeSocket(socket, options, closed = false) {
    const name = this.getName(options);
    let found = remove(this.sockets, name, socket);
    if (closed || !socket.writable) {
      found = remove(this.freeSockets, name, socket) || found;
    }
    if (found && (closed || !socket.writable)) {
      this.totalSocketCount--;
    }
    const waiting = this.requests[name]?.[0];
    if (waiting !== undefined && (this.sockets[name]?.length ?? 0) < this.maxSockets && this.totalSocketCount < this.maxTotalSockets && (closed || !socket.writable)) {
      this.createSocket(waiting, waiting[kOptions] ?? options, (error, made) => {
        remove(this.requests, name, waiting);
        if (error) {
          waiting.onSocket(made, error);
        } else {
          give(this, waiting, made);
        }
      });
    }
  },

  keepSocketAlive(socket) {
    socket.setKeepAlive(true, this.keepAliveMsecs);
    socket.unref();
    let wait = this.options.timeout || 0;
    // The server may say how long it keeps the connection.
    const hint = /timeout=(\d+)/.exec(socket._httpMessage?.res?.headers['keep-alive'] ?? '')?.[1];
    if (hint !== undefined) {
      const told = Number(hint) * 1000 - 1000;
      if (told <= 0) {
        return false;
      }
      wait = wait === 0 ? told : Math.min(wait, told);
    }
    if (socket.timeout !== wait) {
      socket.setTimeout(wait);
    }
    return true;
  },

  reuseSocket(socket, request) {
    request.reusedSocket = true;
    socket.ref();
  },

  destroy() {
    for (const list of [...Object.values(this.freeSockets), ...Object.values(this.sockets)]) {
      for (const socket of [...list]) {
        socket.destroy();
      }
    }
  },
};
for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(Agent.prototype, name, { value, writable: true, configurable: true, enumerable: true });
}

function serverName(options, request) {
  if (options.servername || options.servername === '') {
    return;
  }
  const header = request.getHeader?.('host');
  let name = options.host;
  if (typeof header === 'string') {
    name = header.startsWith('[') ? header.slice(1).split(']', 1)[0] : header.split(':', 1)[0];
  }
  options.servername = net.isIP(name) ? '' : name;
}

export const globalAgent = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });
