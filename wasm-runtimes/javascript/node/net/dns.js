// dns: names are resolved by the host, which gives addresses and no other records.
import native from '../native.js';
import { codes, validate } from '../errors.js';
import { network, nextTick } from '../loop.js';
import { domainToASCII } from '../url.js';
import { AGAIN, lookupFailure } from './failures.js';
import { isIP } from './address.js';
import { acquire, release } from './handles.js';
import { READABLE, Watch } from './poll.js';

const families = { 0: 0, 4: 4, 6: 6, IPv4: 4, IPv6: 6 };
const dns = { ADDRCONFIG: 32, V4MAPPED: 8, ALL: 16 };
const errorCodes = {
  NODATA: 'ENODATA', FORMERR: 'EFORMERR', SERVFAIL: 'ESERVFAIL', NOTFOUND: 'ENOTFOUND', NOTIMP: 'ENOTIMP', REFUSED: 'EREFUSED',
  BADQUERY: 'EBADQUERY', BADNAME: 'EBADNAME', BADFAMILY: 'EBADFAMILY', BADRESP: 'EBADRESP', CONNREFUSED: 'ECONNREFUSED',
  TIMEOUT: 'ETIMEOUT', EOF: 'EOF', FILE: 'EFILE', NOMEM: 'ENOMEM', DESTRUCTION: 'EDESTRUCTION', BADSTR: 'EBADSTR',
  BADFLAGS: 'EBADFLAGS', NONAME: 'ENONAME', BADHINTS: 'EBADHINTS', NOTINITIALIZED: 'ENOTINITIALIZED',
  LOADIPHLPAPI: 'ELOADIPHLPAPI', ADDRGETNETWORKPARAMS: 'EADDRGETNETWORKPARAMS', CANCELLED: 'ECANCELLED',
};
Object.assign(dns, errorCodes);
let order = 'verbatim';

// Calls back with (error) or (null, [{ address, family }]).
function resolve(hostname, syscall, callback) {
  const name = /[^\x00-\x7f]/.test(hostname) ? domainToASCII(hostname) || hostname : hostname;
  network.begun++;
  acquire(() => native.netLookup(name), (handle) => {
    if (handle < 0) {
      const error = lookupFailure(handle, hostname, syscall);
      nextTick(callback, error);
    } else {
      follow(handle, hostname, syscall, callback);
    }
  });
}

function follow(handle, hostname, syscall, callback) {
  const watch = new Watch(handle, () => {
    const reply = native.netReceive(handle);
    if (reply === AGAIN) {
      return;
    }
    watch.events = 0;
    const error = typeof reply === 'number' ? lookupFailure(reply, hostname, syscall) : null;
    release(handle);
    if (error !== null) {
      callback(error);
      return;
    }
    const addresses = String.fromCharCode(...reply).split('\n').filter((line) => line !== '');
    callback(null, addresses.map((address) => ({ address, family: isIP(address) })));
  });
  watch.events = READABLE;
}

function sorted(addresses, by) {
  return by === 'verbatim' ? addresses : addresses.toSorted((a, b) => (by === 'ipv6first' ? b.family - a.family : a.family - b.family));
}

function lookupOptions(options) {
  if (typeof options === 'number' || options === undefined || options === null) {
    options = { family: options ?? 0 };
  }
  validate.object(options, 'options');
  const family = options.family ?? 0;
  if (!Object.hasOwn(families, family)) {
    throw codes.ERR_INVALID_ARG_VALUE('options.family', family, 'must be one of: 0, 4, 6');
  }
  const by = options.order ?? (options.verbatim === undefined ? order : options.verbatim ? 'verbatim' : 'ipv4first');
  return { all: !!options.all, by, family: families[family] };
}

dns.lookup = function lookup(hostname, options, callback) {
  if (hostname) {
    validate.string(hostname, 'hostname');
  }
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  validate.function(callback, 'callback');
  const { all, by, family } = lookupOptions(options);
  const literal = hostname ? isIP(hostname) : 0;
  if (!hostname || literal !== 0) {
    const found = hostname ? { address: hostname, family: literal } : { address: null, family: family === 6 ? 6 : 4 };
    nextTick(callback, null, ...(all ? [hostname ? [found] : []] : [found.address, found.family]));
    return {};
  }
  resolve(hostname, 'getaddrinfo', (error, addresses) => {
    if (error !== null) {
      callback(error);
      return;
    }
    const found = sorted(addresses.filter((each) => family === 0 || each.family === family), by);
    if (found.length === 0) {
      callback(lookupFailure(-44, hostname));
    } else if (all) {
      callback(null, found);
    } else {
      callback(null, found[0].address, found[0].family);
    }
  });
  return { hostname, family, oncomplete: callback };
};

function queried(name, family) {
  return { [name](hostname, options, callback) {
    validate.string(hostname, 'name');
    const withTtl = typeof options === 'object' && options?.ttl;
    const done = typeof options === 'function' ? options : callback;
    validate.function(done, 'callback');
    const syscall = family === 4 ? 'queryA' : 'queryAaaa';
    resolve(hostname, syscall, (error, addresses) => {
      const found = addresses?.filter((each) => each.family === family).map(({ address }) => (withTtl ? { address, ttl: 0 } : address));
      if (error === null && found.length === 0) {
        error = Object.assign(new Error(`${syscall} ENODATA ${hostname}`), { errno: undefined, code: 'ENODATA', syscall, hostname });
      }
      done(...(error ? [error] : [null, found]));
    });
    return { hostname };
  } }[name];
}

// What the host does not offer: other records than addresses.
function notOffered(name, syscall) {
  return { [name](hostname, ...rest) {
    const callback = rest.at(-1);
    validate.function(callback, 'callback');
    const error = new Error(`${syscall} ENOTIMP ${hostname} - here names have addresses and no other records`);
    nextTick(callback, Object.assign(error, { errno: undefined, code: 'ENOTIMP', syscall, hostname }));
  } }[name];
}

const queries = { resolve4: queried('resolve4', 4), resolve6: queried('resolve6', 6) };
for (const type of ['Any', 'Caa', 'Cname', 'Mx', 'Naptr', 'Ns', 'Ptr', 'Soa', 'Srv', 'Txt']) {
  queries[`resolve${type}`] = notOffered(`resolve${type}`, `query${type}`);
}
queries.reverse = notOffered('reverse', 'getHostByAddr');
queries.resolve = function resolve(hostname, type, callback) { // eslint-disable-line no-shadow
  if (typeof type === 'function') {
    callback = type;
    type = 'A';
  }
  validate.string(type, 'rrtype');
  const name = { A: 'resolve4', AAAA: 'resolve6' }[type] ?? `resolve${type[0]}${type.slice(1).toLowerCase()}`;
  if (!Object.hasOwn(queries, name)) {
    throw codes.ERR_INVALID_ARG_VALUE('rrtype', type);
  }
  return queries[name](hostname, callback);
};
const settings = {
  getServers: () => [],
  setServers() {
    throw Object.assign(new Error('the host resolves names: no other servers can be asked'), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
  },
};
const defaults = {
  getDefaultResultOrder: () => order,
  setDefaultResultOrder(value) {
    if (!['verbatim', 'ipv4first', 'ipv6first'].includes(value)) {
      throw codes.ERR_INVALID_ARG_VALUE('dnsOrder', value, "must be one of: 'verbatim', 'ipv4first', 'ipv6first'");
    }
    order = value;
  },
};
const lookupService = notOffered('lookupService', 'getnameinfo');

class Resolver {
  cancel() {}
  setLocalAddress() {}
}
class PromisesResolver extends Resolver {}

function promised(method, keep) {
  return { [method.name]: (...values) => new Promise((resolved, rejected) => {
    method(...values, (error, ...results) => (error ? rejected(error) : resolved(keep(results))));
  }) }[method.name];
}
const first = ([value]) => value;
dns.promises = {
  ...errorCodes, ...settings, ...defaults, Resolver: PromisesResolver,
  lookup: promised(dns.lookup, ([address, family]) => (Array.isArray(address) ? address : { address, family })),
  lookupService: promised(lookupService, first),
};
for (const [name, query] of Object.entries(queries)) {
  dns.promises[name] = promised(query, first);
  Object.defineProperty(Resolver.prototype, name, { value: query, writable: true, configurable: true });
  Object.defineProperty(PromisesResolver.prototype, name, { value: dns.promises[name], writable: true, configurable: true });
}
for (const [name, setting] of Object.entries(settings)) {
  Object.defineProperty(Resolver.prototype, name, { value: setting, writable: true, configurable: true });
}
Object.defineProperty(PromisesResolver, 'name', { value: 'Resolver' });
Object.defineProperty(dns.lookup, Symbol.for('nodejs.util.promisify.custom'), { value: dns.promises.lookup });
Object.assign(dns, queries, settings, defaults, { lookupService, Resolver });
export const { lookup } = dns;
export default dns;
