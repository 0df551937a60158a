// Language tags, and which locales there are.
import { icu } from './icu.js';
import { typeOption } from './options.js';
import { Slots } from './slots.js';

export const defaultLocale = 'en-US';

// A whole tag: language, script, region, [1] variants, [2] extensions, private use.
const tagPattern = /^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)((?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*)(?:-x(?:-[a-z0-9]{1,8})+)?$/i;
// What V8 looks at first, with an error of its own.
const start = /^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-?$|-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}|[a-z0-9])(?:-|$))/i;
// Tags like these that turned out to be canonical, as most are.
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

export function lookup(locales, tag) {
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
function isNumberingSystem(name) {
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

// A keyword's value, undefined for what is none that ICU knows.
export function numberingSystemOption(options, service) {
  const value = typeOption(options, 'numberingSystem', service);
  return value !== undefined && isNumberingSystem(value) ? value : undefined;
}

// Keywords of a locale that options override -> [what the resolved locale shows, what ICU gets].
export function override(keywords, values) {
  const shown = new Map(keywords);
  const used = new Map(keywords);
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) {
      if (keywords.get(key) !== value) {
        shown.delete(key);
      }
      used.set(key, value);
    }
  }
  return [shown, used];
}
