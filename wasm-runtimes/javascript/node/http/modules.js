// The modules http and https. Nothing can be served here.
import { Server as NetServer } from '../net/net.js';
import tls from '../net/tls.js';
import { notPermitted, validate } from '../errors.js';
import { URL, urlToHttpOptions } from '../url.js';
import { Agent, globalAgent } from './agent.js';
import { ClientRequest, maxHeaderSize } from './client.js';
import { IncomingMessage } from './incoming.js';
import { OutgoingMessage } from './outgoing.js';
import { METHODS, STATUS_CODES, validateHeaderName, validateHeaderValue } from './words.js';

class Server extends NetServer {
  constructor(options, listener) {
    super();
    const handler = typeof options === 'function' ? options : listener;
    if (handler !== undefined) {
      validate.function(handler, 'requestListener');
      this.on('request', handler);
    }
    this.timeout = 0;
    this.keepAliveTimeout = 5000;
    this.headersTimeout = 60000;
    this.requestTimeout = 300000;
    this.maxHeadersCount = null;
  }
  setTimeout() { return this; }
  closeAllConnections() {}
  closeIdleConnections() {}
}

class ServerResponse extends OutgoingMessage {
  constructor() {
    super();
    throw notPermitted('listen');
  }
}

export const http = {
  METHODS, STATUS_CODES, Agent, ClientRequest, IncomingMessage, OutgoingMessage, Server, ServerResponse,
  createServer: (options, listener) => new Server(options, listener), validateHeaderName, validateHeaderValue,
  get(target, options, callback) {
    const made = http.request(target, options, callback);
    made.end();
    return made;
  },
  request: (target, options, callback) => new ClientRequest(target, options, callback),
  setMaxIdleHTTPParsers(most) { validate.integer(most, 'max', 1); },
  maxHeaderSize, globalAgent,
};

// What tells apart two TLS connections to the same place.
const settings = ['ca', 'cert', 'clientCertEngine', 'ciphers', 'key', 'pfx', 'rejectUnauthorized', 'servername', 'minVersion', 'maxVersion',
  'secureProtocol', 'crl', 'honorCipherOrder', 'ecdhCurve', 'dhparam', 'secureOptions', 'sessionIdContext', 'sigalgs', 'privateKeyIdentifier', 'privateKeyEngine'];

function HttpsAgent(options) {
  if (!(this instanceof HttpsAgent)) {
    return new HttpsAgent(options);
  }
  Agent.call(this, options);
  this.defaultPort = 443;
  this.protocol = 'https:';
  this.maxCachedSessions = this.options.maxCachedSessions ?? 100;
}
Object.defineProperty(HttpsAgent, 'name', { value: 'Agent' });
Object.setPrototypeOf(HttpsAgent.prototype, Agent.prototype);
Object.setPrototypeOf(HttpsAgent, Agent);
Object.assign(HttpsAgent.prototype, {
  createConnection(port, host, options) {
    options = typeof port === 'object' && port !== null ? { ...port } : typeof host === 'object' && host !== null ? { ...host } : { ...options };
    if (typeof port === 'number') {
      options.port = port;
    }
    if (typeof host === 'string') {
      options.host = host;
    }
    // A name as the certificate's is wanted; an address has none.
    if (options.servername === '') {
      delete options.servername;
    }
    return tls.connect(options);
  },
  getName(options = {}) {
    let name = Agent.prototype.getName.call(this, options);
    for (const setting of settings) {
      const value = options[setting];
      name += ':';
      if (setting === 'rejectUnauthorized' ? value !== undefined : setting === 'servername' ? value && value !== options.host : value) {
        name += value;
      }
    }
    return name;
  },
});

export const https = {
  Agent: HttpsAgent, globalAgent: new HttpsAgent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }),
  Server, createServer: (options, listener) => new Server(options, listener),
  get(target, options, callback) {
    const made = https.request(target, options, callback);
    made.end();
    return made;
  },
  request(...values) {
    let options = {};
    if (typeof values[0] === 'string') {
      options = urlToHttpOptions(new URL(values.shift()));
    } else if (values[0] instanceof URL) {
      options = urlToHttpOptions(values.shift());
    }
    if (values[0] && typeof values[0] !== 'function') {
      Object.assign(options, values.shift());
    }
    options._defaultAgent = https.globalAgent;
    return new ClientRequest(options, ...values);
  },
};
