// url: the WHATWG classes from whatwg-url-without-unicode, and node's older functions.
import { URL, URLSearchParams } from 'whatwg-url-without-unicode';
import legacy from 'url/url.js';
import { codes } from './errors.js';
import { inspect } from './inspect.js';

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
      super(`${input}`, ...(base === undefined ? [] : [`${base}`]));
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
  return {
    __proto__: null, protocol: url.protocol, hostname: url.hostname, hash: url.hash, search: url.search, pathname: url.pathname,
    path: `${url.pathname || ''}${url.search || ''}`, href: url.href,
    ...(url.port !== '' ? { port: Number(url.port) } : {}),
    ...(url.username || url.password ? { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` } : {}),
  };
}

export function domainToASCII(domain) {
  try {
    return new NodeURL(`ws://${domain}`).hostname;
  } catch {
    return '';
  }
}

const url = {
  Url: legacy.Url, parse: legacy.parse, resolve: legacy.resolve, resolveObject: legacy.resolveObject,
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
  URL: NodeURL, URLSearchParams, domainToASCII, domainToUnicode: domainToASCII, pathToFileURL, fileURLToPath, urlToHttpOptions,
};
export { NodeURL as URL, URLSearchParams };
export default url;
