// url: the WHATWG classes from whatwg-url-without-unicode, and node's older functions.
import { URL, URLSearchParams } from 'whatwg-url-without-unicode';
import legacy from 'url/url.js';
import { codes } from './errors.js';
import { inspect } from './inspect.js';
import punycode from 'punycode/';

const custom = Symbol.for('nodejs.util.inspect.custom');

function define(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}

class NodeURL extends URL {
  constructor(input, base) {
    if (arguments.length === 0) {
      throw codes.ERR_MISSING_ARGS('url');
    }
    try {
      super(hostInAscii(`${input}`), ...(base === undefined ? [] : [hostInAscii(`${base}`)]));
    } catch {
      const error = codes.ERR_INVALID_URL();
      error.input = `${input}`;
      if (base !== undefined) {
        error.base = `${base}`;
      }
      Error.captureStackTrace(error, NodeURL);
      throw error;
    }
  }

  static canParse(input, base) {
    try {
      return new NodeURL(input, base) !== undefined;
    } catch {
      return false;
    }
  }
}
define(NodeURL, 'name', 'URL');
for (const name of ['host', 'hostname']) {
  const { get, set } = Object.getOwnPropertyDescriptor(URL.prototype, name);
  Object.defineProperty(NodeURL.prototype, name, { get, set(value) {
    set.call(this, hostInAscii(`http://${value}`).slice(7));
  }, enumerable: true, configurable: true });
}
define(NodeURL.prototype, custom, function inspectUrl(depth, options) {
  if (depth < 0) {
    return this.toString();
  }
  const shown = {};
  for (const key of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname',
    'search', 'searchParams', 'hash']) {
    shown[key] = this[key];
  }
  return `${this.constructor.name} ${inspect(shown, options)}`;
});

define(URLSearchParams.prototype, custom, function inspectParams(depth, options) {
  if (depth < 0) {
    return options.stylize('[Object]', 'special');
  }
  const separator = ', ';
  const output = [...this].map(([name, value]) => `${inspect(name, options)} => ${inspect(value, options)}`);
  const length = output.reduce((sum, text) => sum + text.length + separator.length, -separator.length);
  if (length > options.breakLength) {
    return `${this.constructor.name} {\n  ${output.join(',\n  ')} }`;
  }
  return output.length > 0 ? `${this.constructor.name} { ${output.join(separator)} }` : `${this.constructor.name} {}`;
});
if (!('size' in URLSearchParams.prototype)) {
  Object.defineProperty(URLSearchParams.prototype, 'size', { get() { return [...this].length; }, enumerable: true, configurable: true });
}
{
  const { has, delete: remove } = URLSearchParams.prototype;
  URLSearchParams.prototype.has = { has(name, value) {
    return value === undefined ? has.call(this, name) : this.getAll(name).includes(`${value}`);
  } }.has;
  URLSearchParams.prototype.delete = { delete(name, value) {
    if (value === undefined) {
      remove.call(this, name);
      return;
    }
    const rest = [...this].filter(([key, each]) => key !== `${name}` || each !== `${value}`);
    for (const key of new Set([...this.keys()])) {
      remove.call(this, key);
    }
    for (const [key, each] of rest) {
      this.append(key, each);
    }
  } }.delete;
}

const NodeSearchParams = new Proxy(URLSearchParams, {
  construct(target, values, newTarget) {
    const [init] = values;
    if (init !== null && typeof init === 'object' && typeof init[Symbol.iterator] === 'function' && !(init instanceof target)) {
      const pairs = [...init];
      for (const pair of pairs) {
        if (pair === null || typeof pair !== 'object' || typeof pair[Symbol.iterator] !== 'function' || [...pair].length !== 2) {
          throw codes.ERR_INVALID_TUPLE('Each query pair', '[name, value]');
        }
      }
      return Reflect.construct(target, [pairs], newTarget);
    }
    return Reflect.construct(target, values, newTarget);
  },
});
define(URLSearchParams.prototype, 'constructor', NodeSearchParams);

export function fileURLToPath(url) {
  const parsed = typeof url === 'string' ? new NodeURL(url) : url;
  if (parsed.protocol !== 'file:') {
    throw codes.ERR_INVALID_URL_SCHEME('file');
  }
  return decodeURIComponent(parsed.pathname);
}

export function pathToFileURL(path) {
  return new NodeURL(`file://${(path.startsWith('/') ? path : `/tmp/${path}`).replace(/[%\\\n\r\t?#]/g, encodeURIComponent)}`);
}

export function urlToHttpOptions(url) {
  const { hostname } = url;
  return {
    __proto__: null, protocol: url.protocol, hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname, hash: url.hash, search: url.search, pathname: url.pathname,
    path: `${url.pathname || ''}${url.search || ''}`, href: url.href,
    ...(url.port !== '' ? { port: Number(url.port) } : {}),
    ...(url.username || url.password ? { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` } : {}),
  };
}

// What stands between the scheme and the path, as far as the package leaves it: names of hosts are
// lower-case ASCII.
function hostInAscii(text) {
  const match = /^([\t\n\f\r ]*(?:https?|wss?|ftp):[\\/]*)([^\\/?#]*)/i.exec(text);
  if (match === null || !/[A-Z%\u0080-\uffff]/.test(match[2])) {
    return text;
  }
  const at = match[2].lastIndexOf('@') + 1;
  let host = match[2].slice(at);
  if (host.startsWith('[')) {
    return text;
  }
  try {
    host = decodeURIComponent(host);
  } catch {
    return text;
  }
  host = host.normalize('NFKC').toLowerCase().normalize('NFC').replace(/[\u3002\uff0e\uff61]/g, '.').replace(/\u00ad/g, '');
  return match[1] + match[2].slice(0, at) + punycode.toASCII(host) + text.slice(match[0].length);
}

export function domainToASCII(domain) {
  try {
    return new NodeURL(`ws://${domain}`).hostname;
  } catch {
    return '';
  }
}

function parse(...values) {
  const parsed = legacy.parse(...values);
  if (parsed.query !== null && typeof parsed.query === 'object') {
    Object.setPrototypeOf(parsed.query, null);
  }
  return parsed;
}

const url = {
  Url: legacy.Url, parse, resolve: legacy.resolve, resolveObject: legacy.resolveObject,
  format: (value, options) => {
    if (value instanceof URL) {
      const copy = new NodeURL(value.href);
      if (options?.fragment === false) {
        copy.hash = '';
      }
      if (options?.search === false) {
        copy.search = '';
      }
      if (options?.auth === false) {
        copy.username = copy.password = '';
      }
      return copy.href;
    }
    return legacy.format(value);
  },
  URL: NodeURL, URLSearchParams: NodeSearchParams, domainToASCII, domainToUnicode: (domain) => punycode.toUnicode(domainToASCII(domain)), pathToFileURL, fileURLToPath, urlToHttpOptions,
};
export { NodeURL as URL, NodeSearchParams as URLSearchParams };
export default url;

// Iterators show what is left of them, and a tuple that is none is node's error.
{
  const iterator = Object.getPrototypeOf(new URLSearchParams().entries());
  const { next } = iterator;
  const kinds = new WeakMap();
  for (const [name, pick] of [['entries', (pair) => pair], ['keys', ([key]) => key], ['values', ([, value]) => value]]) {
    const original = URLSearchParams.prototype[name];
    const method = { [name]() {
      const made = original.call(this);
      kinds.set(made, { params: this, pick, at: 0 });
      return made;
    } }[name];
    Object.defineProperty(URLSearchParams.prototype, name, { value: method, writable: true, configurable: true, enumerable: true });
    if (name === 'entries') {
      define(URLSearchParams.prototype, Symbol.iterator, method);
    }
  }
  iterator.next = { next() {
    const kind = kinds.get(this);
    if (kind !== undefined) {
      kind.at++;
    }
    return next.call(this);
  } }.next;
  define(iterator, custom, function inspectIterator(depth, options) {
    const kind = kinds.get(this);
    const output = kind === undefined ? [] : [...kind.params].slice(kind.at).map((pair) => inspect(kind.pick(pair), options));
    const breaks = output.reduce((length, text) => length + text.length + 2, 0) > options.breakLength;
    return `URLSearchParams Iterator {${breaks ? '\n  ' : ' '}${output.join(breaks ? ',\n  ' : ', ')} }`;
  });
}
