// querystring.

const escape = (text) => encodeURIComponent(typeof text === 'object' ? String(text) : `${text}`).replace(/['()*!]/g, (character) => character);
const unescape = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return globalThis.unescape(text);
  }
};

function text(value) {
  switch (typeof value) {
    case 'string': return value;
    case 'number': return Number.isFinite(value) ? `${value}` : '';
    case 'bigint': return `${value}`;
    case 'boolean': return value ? 'true' : 'false';
    default: return '';
  }
}

function stringify(object, separator = '&', equals = '=', options) {
  const convert = options?.encodeURIComponent ?? module.escape;
  if (object === null || typeof object !== 'object') {
    return '';
  }
  const pairs = [];
  for (const key of Object.keys(object)) {
    const prefix = convert(text(key)) + equals;
    for (const value of Array.isArray(object[key]) ? object[key] : [object[key]]) {
      pairs.push(prefix + convert(text(value)));
    }
  }
  return pairs.join(separator);
}

function parse(input, separator, equals, options) {
  separator ||= '&';
  equals ||= '=';
  const result = Object.create(null);
  if (typeof input !== 'string' || input.length === 0) {
    return result;
  }
  const convert = options?.decodeURIComponent ?? module.unescape;
  const most = options?.maxKeys ?? 1000;
  let pairs = input.split(separator);
  if (most > 0) {
    pairs = pairs.slice(0, most);
  }
  for (const pair of pairs) {
    if (pair === '') {
      continue;
    }
    const spaced = pair.replace(/\+/g, ' ');
    const at = spaced.indexOf(equals);
    const key = convert(at < 0 ? spaced : spaced.slice(0, at));
    const value = at < 0 ? '' : convert(spaced.slice(at + equals.length));
    if (!(key in result)) {
      result[key] = value;
    } else if (Array.isArray(result[key])) {
      result[key].push(value);
    } else {
      result[key] = [result[key], value];
    }
  }
  return result;
}

const module = { unescapeBuffer: (value) => Buffer.from(unescape(value)), unescape, escape, stringify, encode: stringify, parse, decode: parse };
export default module;
