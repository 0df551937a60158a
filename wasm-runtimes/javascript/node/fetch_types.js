// Request and Response.
import { Body, bytesKnown, markUsed, take } from './fetch_body.js';
import { AbortController, AbortSignal } from './events_web.js';
import { inspect } from './inspect.js';
import { URL } from './url.js';
import { freezeHeaders, Headers } from './web.js';
export { FormData } from './form_data.js';

const custom = Symbol.for('nodejs.util.inspect.custom');
const nullBody = [101, 204, 205, 304];
const redirects = [301, 302, 303, 307, 308];

// A response of the network's: `body` is a stream or null.
export let networkResponse;

export class Response extends Body {
  #state;

  static {
    networkResponse = (body, { headers, ...state }) => {
      const response = new Response(body);
      response.#state = { ...response.#state, ...state };
      for (const [name, value] of headers) {
        response.headers.append(name, value);
      }
      freezeHeaders(response.headers);
      return response;
    };
  }

  constructor(body = null, init = {}) {
    init ??= {};
    const status = init.status ?? 200;
    if (!(status >= 200 && status <= 599)) {
      throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    }
    const statusText = `${init.statusText ?? ''}`;
    if (/[^\t\x20-\x7e\x80-\xff]/.test(statusText)) {
      throw new TypeError('Invalid statusText');
    }
    const headers = new Headers(init.headers);
    if (body !== null && nullBody.includes(status)) {
      throw new TypeError(`Response constructor: Invalid response status code ${status}`);
    }
    super(body, headers);
    this.#state = { status: Number(status), statusText, headers, type: 'default', url: '', redirected: false };
  }

  get type() { return this.#state.type; }
  get url() { return this.#state.url; }
  get redirected() { return this.#state.redirected; }
  get status() { return this.#state.status; }
  get ok() { return this.#state.status >= 200 && this.#state.status <= 299; }
  get statusText() { return this.#state.statusText; }
  get headers() { return this.#state.headers; }
  clone() {
    const copy = new Response(take(this, 'Response.clone'), { headers: this.headers });
    copy.#state = { ...this.#state, headers: copy.headers };
    return copy;
  }

  static error() {
    const response = new Response();
    Object.assign(response.#state, { type: 'error', status: 0 });
    freezeHeaders(response.headers);
    return response;
  }
  static json(data, init = {}) {
    const text = JSON.stringify(data);
    if (text === undefined) {
      throw new TypeError('Value is not JSON serializable');
    }
    const headers = new Headers(init.headers);
    if (!headers.has('content-type')) {
      headers.set('content-type', 'application/json');
    }
    return new Response(text, { ...init, headers });
  }
  static redirect(url, status = 302) {
    let target;
    try {
      target = new URL(url).href;
    } catch (cause) {
      throw new TypeError(`Failed to parse URL from ${url}`, { cause });
    }
    if (!redirects.includes(status)) {
      throw new RangeError(`Invalid status code ${status}`);
    }
    const response = new Response(null, { headers: { location: target } });
    response.#state.status = status;
    freezeHeaders(response.headers);
    return response;
  }

  [custom](depth, options) {
    const { status, statusText, headers, type, url, redirected } = this.#state;
    return `Response ${inspect({ status, statusText, headers, body: this.body, bodyUsed: this.bodyUsed, ok: this.ok, redirected, type, url },
      { ...options, depth: options.depth === null ? null : (options.depth ?? 2) - 1 })}`;
  }
}

const choices = {
  redirect: ['follow', 'manual', 'error'], mode: ['cors', 'no-cors', 'same-origin', 'navigate', 'websocket'],
  credentials: ['omit', 'same-origin', 'include'], cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
};
const usual = { referrerPolicy: '', mode: 'cors', credentials: 'same-origin', cache: 'default', redirect: 'follow', integrity: '', keepalive: false };
// As node shows them.
const shown = ['method', 'url', 'headers', 'destination', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache', 'redirect', 'integrity',
  'keepalive', 'isReloadNavigation', 'isHistoryNavigation', 'signal'];

function checkMethod(method) {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) {
    throw new TypeError(`'${method}' is not a valid HTTP method.`);
  }
  if (/^(connect|trace|track)$/i.test(method)) {
    throw new TypeError(`'${method}' HTTP method is unsupported.`);
  }
  return /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method;
}

// Aborts whenever one of a request's signals does.
function following(signal) {
  const controller = new AbortController();
  if (signal?.aborted) {
    controller.abort(signal.reason);
  } else {
    signal?.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}

export class Request extends Body {
  #state;

  constructor(input, init = {}) {
    init ??= {};
    const from = input instanceof Request ? input : undefined;
    let url;
    if (from) {
      url = from.url;
    } else {
      let parsed;
      try {
        parsed = new URL(input);
      } catch (cause) {
        throw new TypeError(`Failed to parse URL from ${input}`, { cause });
      }
      if (parsed.username !== '' || parsed.password !== '') {
        throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${input}`);
      }
      url = parsed.href;
    }
    const method = init.method === undefined ? from?.method ?? 'GET' : checkMethod(`${init.method}`);
    const settings = {};
    for (const [name, value] of Object.entries(usual)) {
      settings[name] = init[name] === undefined ? from?.[name] ?? value : name === 'keepalive' ? !!init[name] : `${init[name]}`;
      if (choices[name] && !choices[name].includes(settings[name])) {
        throw new TypeError(`Request constructor: ${settings[name]} is not an accepted type. Expected one of ${choices[name].join(', ')}.`);
      }
    }
    if (init.mode === 'navigate') {
      throw new TypeError('Request constructor: invalid request mode navigate.');
    }
    const signal = init.signal === undefined ? from?.signal : init.signal;
    if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal)) {
      throw new TypeError("Failed to construct 'Request': member signal is not of type AbortSignal.");
    }
    const headers = new Headers(init.headers ?? from?.headers);
    const given = init.body ?? null;
    const body = given ?? (from && from.body !== null ? bytesKnown(from) ?? from.body : null);
    if (body !== null && (method === 'GET' || method === 'HEAD')) {
      throw new TypeError('Request with GET/HEAD method cannot have body.');
    }
    if (given === null && from && from.body !== null && from.bodyUsed) {
      throw new TypeError('Cannot construct a Request with a Request object that has already been used.');
    }
    super(body, headers);
    if (given !== null && bytesKnown(this) === null && init.duplex === undefined) {
      throw new TypeError('RequestInit: duplex option is required when sending a body.');
    }
    if (from && given === null && body !== null) {
      markUsed(from);
    }
    this.#state = { url, method, headers, signal: following(signal), ...settings };
  }

  get method() { return this.#state.method; }
  get url() { return this.#state.url; }
  get headers() { return this.#state.headers; }
  get destination() { return ''; }
  get referrer() { return 'about:client'; }
  get referrerPolicy() { return this.#state.referrerPolicy; }
  get mode() { return this.#state.mode; }
  get credentials() { return this.#state.credentials; }
  get cache() { return this.#state.cache; }
  get redirect() { return this.#state.redirect; }
  get integrity() { return this.#state.integrity; }
  get keepalive() { return this.#state.keepalive; }
  get isReloadNavigation() { return false; }
  get isHistoryNavigation() { return false; }
  get signal() { return this.#state.signal; }
  get duplex() { return 'half'; }
  clone() {
    if (this.bodyUsed) {
      throw new TypeError('unusable');
    }
    const known = bytesKnown(this);
    const body = known ?? take(this, 'Request.clone');
    return new Request(this.url, { ...this.#state, ...(body !== null && { body, duplex: 'half' }) });
  }

  [custom](depth, options) {
    return `Request ${inspect(Object.fromEntries(shown.map((name) => [name, this[name]])),
      { ...options, depth: options.depth === null ? null : (options.depth ?? 2) - 1 })}`;
  }
}
for (const Class of [Response, Request]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}
