// What all constructors of Intl share: reading options, choosing locales, hidden state. ICU itself
// is behind `icu` (glue/intl). Words of errors are V8's.
import native from '../native.js';

export const icu = native.intl;

export const defaultLocale = 'en-US';

// State of objects that programs can make, subclass and pass around, but not look into.
export class Slots extends (function identity(object) { return object; }) {
  #state;
  constructor(object, state) {
    super(object);
    this.#state = state;
  }
  static of(object) {
    return Object(object) === object && #state in object ? object.#state : undefined;
  }
}

// As V8 names what it did not expect.
function shown(value) {
  if (Object(value) !== value) {
    return String(value);
  }
  return value.toString === Object.prototype.toString ? `#<${value.constructor?.name || 'Object'}>` : Object.prototype.toString.call(value);
}

export function incompatible(method, receiver) {
  return new TypeError(`Method ${method} called on incompatible receiver ${shown(receiver)}`);
}

export function define(object, key, value, length) {
  if (length !== undefined) {
    Object.defineProperty(value, 'length', { value: length, configurable: true });
  }
  Object.defineProperty(object, key, { value, writable: true, configurable: true });
}

// A constructor with all that belongs to it, as V8 lays it out. Methods get the hidden state first.
// They are made in classes because only there `this` is what it is: the prelude is not strict.
export function defineClass(name, constructor, { length = 0, methods, getters = {}, bound = {}, supported }) {
  Object.defineProperty(constructor, 'name', { value: name, configurable: true });
  Object.defineProperty(constructor, 'length', { value: length, configurable: true });
  const { prototype } = constructor;
  Object.defineProperty(constructor, 'prototype', { writable: false });
  const stateOf = (label, self) => {
    const state = Slots.of(self);
    if (state?.kind !== name) {
      throw incompatible(label, self);
    }
    return state;
  };
  const getter = (key, label, body) => {
    const { get } = Object.getOwnPropertyDescriptor(class { get [key]() { return body(stateOf(label, this)); } }.prototype, key);
    Object.defineProperty(prototype, key, { get, configurable: true });
  };
  for (const [key, [count, body]] of Object.entries(methods)) {
    const label = `Intl.${name}.prototype.${key}`;
    define(prototype, key, class { [key](...values) { return body(stateOf(label, this), ...values); } }.prototype[key], count);
  }
  for (const [key, body] of Object.entries(getters)) {
    getter(key, `Intl.${name}.prototype.${key}`, body);
  }
  // The function that such a property gives is always the same one.
  for (const [key, [label, make]] of Object.entries(bound)) {
    getter(key, label, (state) => {
      state.bound ??= Object.defineProperty(make(state), 'name', { value: '', configurable: true });
      return state.bound;
    });
  }
  if (supported !== undefined) {
    define(constructor, 'supportedLocalesOf', supportedLocalesOf(`Intl.${name}`, supported), 1);
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: `Intl.${name}`, configurable: true });
}

// The object that a constructor fills: for those that work without `new`, too.
export function instance(constructor, self, target, state, callable) {
  if (target === undefined && !callable) {
    throw new TypeError(`Constructor Intl.${state.kind} requires 'new'`);
  }
  return new Slots(target === undefined ? Object.create(constructor.prototype) : self, state);
}

export function toOptions(options, service) {
  if (options === undefined) {
    return Object.create(null);
  }
  if (options === null) {
    throw new TypeError(`${service} called on null or undefined`);
  }
  return Object(options);
}

export function strictOptions(options) {
  if (options === undefined) {
    return Object.create(null);
  }
  if (Object(options) !== options) {
    throw new TypeError('invalid_argument');
  }
  return options;
}

export function outOfRange(value, service, property) {
  return new RangeError(`Value ${value} out of range for ${service} options property ${property}`);
}

export function stringOption(options, property, values, fallback, service) {
  let value = options[property];
  if (value === undefined) {
    return fallback;
  }
  value = `${value}`;
  if (values && !values.includes(value)) {
    throw outOfRange(value, service, property);
  }
  return value;
}

export function booleanOption(options, property) {
  const value = options[property];
  return value === undefined ? undefined : Boolean(value);
}

export function checkNumber(value, property, least, most, fallback) {
  if (value === undefined) {
    return fallback;
  }
  const number = Number(value);
  if (!(number >= least && number <= most)) {
    throw new RangeError(`${property} value is out of range.`);
  }
  return Math.floor(number);
}

const typePattern = /^[a-z0-9]{3,8}(-[a-z0-9]{3,8})*$/i;

export function typeOption(options, property, service) {
  const value = stringOption(options, property, undefined, undefined, service);
  if (value !== undefined && !typePattern.test(value)) {
    throw new RangeError(`Invalid ${property} : ${value}`);
  }
  return value?.toLowerCase();
}

// Language tags.

const tagPattern = /^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)((?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*)(?:-x(?:-[a-z0-9]{1,8})+)?$/i;
const start = /^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-?$|-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}|[a-z0-9])(?:-|$))/i;
const plain = /^[a-z]{2}(-[A-Z]{2})?$/;
const known = new Set();

const hasDouble = (list) => new Set(list).size !== list.length;

export function canonicalTag(tag) {
  if (known.has(tag)) {
    return tag;
  }
  if (!start.test(tag)) {
    throw new RangeError('Incorrect locale information provided');
  }
  const match = tagPattern.exec(tag);
  const doubled = match === null || hasDouble(match[1].toLowerCase().split('-').slice(1))
    || hasDouble([...match[2].toLowerCase().matchAll(/-([a-z0-9])(?=-)/g)].map((each) => each[1]));
  const canonical = doubled ? undefined : icu.canonicalTag(tag);
  if (canonical === undefined) {
    throw new RangeError(`Invalid language tag: ${tag}`);
  }
  if (canonical === tag && plain.test(tag)) {
    known.add(tag);
  }
  return canonical;
}

export function canonicalList(locales) {
  if (locales === undefined) {
    return [];
  }
  if (typeof locales === 'string') {
    return [canonicalTag(locales)];
  }
  const state = Slots.of(locales);
  if (state?.kind === 'Locale') {
    return [state.tag];
  }
  if (locales === null) {
    throw new TypeError('Cannot convert undefined or null to object');
  }
  const list = Object(locales);
  const result = [];
  for (let index = 0, length = Math.min(Math.max(Math.trunc(Number(list.length)) || 0, 0), 2 ** 53 - 1); index < length; index++) {
    if (index in list) {
      const each = list[index];
      if (typeof each !== 'string' && Object(each) !== each) {
        throw new TypeError('Language ID should be string or object.');
      }
      const inner = Slots.of(each);
      const tag = inner?.kind === 'Locale' ? inner.tag : canonicalTag(`${each}`);
      if (!result.includes(tag)) {
        result.push(tag);
      }
    }
  }
  return result;
}

// A canonical tag in parts: what stands before all extensions, the Unicode extension's attributes
// and keywords, the other extensions.
export function splitTag(tag) {
  const keywords = new Map();
  const attributes = [];
  const first = tag.search(/-[a-z0-9]-/);
  if (first < 0) {
    return { base: tag, attributes, keywords, rest: '' };
  }
  const base = tag.slice(0, first);
  const secret = tag.search(/-x-/);
  const start = tag.search(/-u-/);
  if (start < 0 || (secret >= 0 && secret < start)) {
    return { base, attributes, keywords, rest: tag.slice(first) };
  }
  const subtags = tag.slice(start + 3).split('-');
  let end = subtags.findIndex((each) => each.length === 1);
  if (end < 0) {
    end = subtags.length;
  }
  let key;
  for (const each of subtags.slice(0, end)) {
    if (each.length === 2) {
      key = each;
      keywords.set(key, '');
    } else if (key === undefined) {
      attributes.push(each);
    } else {
      keywords.set(key, keywords.get(key) === '' ? each : `${keywords.get(key)}-${each}`);
    }
  }
  return { base, attributes, keywords, rest: tag.slice(first, start) + subtags.slice(end).map((each) => `-${each}`).join('') };
}

export function joinTag(base, keywords) {
  const keys = [...keywords.keys()].sort();
  if (keys.length === 0) {
    return base;
  }
  return `${base}-u-${keys.map((key) => {
    const value = keywords.get(key);
    return value === '' || value === 'true' ? key : `${key}-${value}`;
  }).join('-')}`;
}

// V8 knows locales without their script, too: zh-TW for zh-Hant-TW.
function localeSet(tags) {
  const all = new Set(tags);
  for (const tag of tags) {
    const match = /^([a-z]{2,3})-[A-Z][a-z]{3}-([A-Z]{2}|[0-9]{3})$/.exec(tag);
    if (match) {
      all.add(`${match[1]}-${match[2]}`);
    }
  }
  return all;
}

const formats = localeSet(icu.availableLocales());
export const available = { formats, collations: localeSet(icu.availableLocales('coll')), plurals: new Set(icu.pluralLocales()) };

function lookup(locales, tag) {
  for (let candidate = tag; ;) {
    if (locales.has(candidate)) {
      return candidate;
    }
    let cut = candidate.lastIndexOf('-');
    if (cut < 0) {
      return undefined;
    }
    if (cut >= 2 && candidate[cut - 2] === '-') {
      cut -= 2;
    }
    candidate = candidate.slice(0, cut);
  }
}

let systems;
export function isNumberingSystem(name) {
  systems ??= new Set(icu.numberingSystems());
  return systems.has(name);
}

const hourCycles = ['h11', 'h12', 'h23', 'h24'];
const isValid = {
  nu: (locale, value) => isNumberingSystem(value),
  ca: (locale, value) => isCalendar(locale, value),
  hc: (locale, value) => hourCycles.includes(value),
  co: (locale, value) => isCollation(locale, value),
  kn: (locale, value) => ['', 'true', 'false'].includes(value),
  kf: (locale, value) => ['upper', 'lower', 'false'].includes(value),
};

export function isCalendar(locale, value) {
  return icu.calendars(locale, false).includes(value);
}

export function isCollation(locale, value) {
  return value !== 'standard' && value !== 'search' && icu.collations(locale).includes(value);
}

// -> { base, keywords }: an available locale and, of the Unicode extension, what counts.
export function resolveLocale(requested, keys, locales = formats) {
  for (const tag of requested) {
    const { base, keywords } = splitTag(tag);
    const found = lookup(locales, base);
    if (found !== undefined) {
      const kept = new Map();
      for (const key of keys) {
        if (keywords.has(key) && isValid[key](found, keywords.get(key))) {
          kept.set(key, keywords.get(key));
        }
      }
      return { base: found, keywords: kept };
    }
  }
  return { base: defaultLocale, keywords: new Map() };
}

export function matcherOption(options, service) {
  stringOption(options, 'localeMatcher', ['lookup', 'best fit'], 'best fit', service);
}

function supportedLocalesOf(service, locales) {
  return { supportedLocalesOf(requested, options = undefined) {
    const list = canonicalList(requested);
    if (options !== undefined) {
      matcherOption(toOptions(options, service), service);
    }
    return list.filter((tag) => lookup(locales, splitTag(tag).base) !== undefined);
  } }.supportedLocalesOf;
}

// Keywords of a format that an option may override: [what the resolved locale shows, what ICU gets].
export function override(keywords, key, value, valid) {
  const shown = new Map(keywords);
  const used = new Map(keywords);
  if (value !== undefined && valid) {
    if (keywords.has(key) && keywords.get(key) !== value) {
      shown.delete(key);
    }
    used.set(key, value);
  }
  return [shown, used];
}

// Text and fields as glue/intl returns them -> [{ category, field, start, end }, …]
export function fieldsOf(result) {
  const fields = [];
  for (let i = 1; i < result.length; i += 4) {
    fields.push({ category: result[i], field: result[i + 1], start: result[i + 2], end: result[i + 3] });
  }
  return fields;
}

// Runs of the text, each with the innermost field over it.
export function flatten(length, fields) {
  const owner = new Array(length).fill(undefined);
  const outermost = [...fields].sort((a, b) => (b.end - b.start) - (a.end - a.start));
  for (const each of outermost) {
    owner.fill(each, each.start, each.end);
  }
  const runs = [];
  for (let start = 0; start < length;) {
    let end = start + 1;
    while (end < length && owner[end] === owner[start]) {
      end++;
    }
    runs.push({ field: owner[start], start, end });
    start = end;
  }
  return runs;
}

// 'startRange', 'endRange' or 'shared', by the spans of a range.
export function sourceOf(spans) {
  return (start, end) => {
    const span = spans.find((each) => start >= each.start && end <= each.end);
    return span === undefined ? 'shared' : span.field === 0 ? 'startRange' : 'endRange';
  };
}
