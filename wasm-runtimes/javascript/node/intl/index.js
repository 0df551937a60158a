// The global Intl, and the methods of other objects that speak a language. What they use with the
// defaults is made here, before the snapshot is taken, so that a program finds it ready.
import { icu } from './icu.js';
import { define } from './slots.js';
import { canonicalList, defaultLocale, splitTag } from './tags.js';
import { DateTimeFormat, formatDate, makeDateTimeFormat } from './dates.js';
import { formatNumber, makeNumberFormat, NumberFormat, PluralRules } from './numbers.js';
import { Collator, DisplayNames, ListFormat, makeCollator, RelativeTimeFormat, Segmenter } from './texts.js';
import { getCanonicalLocales, Locale, supportedValuesOf } from './locale.js';

export const Intl = {};
Object.defineProperty(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });
for (const [name, value] of Object.entries({ getCanonicalLocales, supportedValuesOf, DateTimeFormat, NumberFormat, Collator, PluralRules,
  RelativeTimeFormat, ListFormat, Locale, DisplayNames, Segmenter })) {
  Object.defineProperty(value, 'name', { value: name, configurable: true });
  Object.defineProperty(Intl, name, { value, writable: true, configurable: true });
}

// Methods come in a class because only there `this` is what it is: the prelude is not strict.
function replace(object, length, { prototype }) {
  for (const key of Object.getOwnPropertyNames(prototype)) {
    if (key !== 'constructor') {
      define(object, key, prototype[key], length);
    }
  }
}

// The last format made for a locale without options: in loops it is always the same.
function remembering(make) {
  const usual = make(undefined, undefined);
  let last;
  let lastLocale;
  return (locales, options) => {
    if (options !== undefined) {
      return make(locales, options);
    }
    if (locales === undefined) {
      return usual;
    }
    if (typeof locales !== 'string') {
      return make(locales, undefined);
    }
    if (locales !== lastLocale) {
      last = make(locales, undefined);
      lastLocale = locales;
    }
    return last;
  };
}

const numberFormat = remembering((locales, options) => makeNumberFormat(locales, options, 'Number.prototype.toLocaleString'));
const numberValue = Number.prototype.valueOf;
const bigintValue = BigInt.prototype.valueOf;

replace(Number.prototype, 0, class {
  toLocaleString(locales = undefined, options = undefined) {
    let number = this;
    if (typeof number !== 'number') {
      try {
        number = numberValue.call(number);
      } catch {
        throw new TypeError("Number.prototype.toLocaleString requires that 'this' be a Number");
      }
    }
    return icu.formatNumber(numberFormat(locales, options).format, number);
  }
});

replace(BigInt.prototype, 0, class {
  toLocaleString(locales = undefined, options = undefined) {
    let number = this;
    if (typeof number !== 'bigint') {
      try {
        number = bigintValue.call(number);
      } catch {
        throw new TypeError("BigInt.prototype.toLocaleString requires that 'this' be a BigInt");
      }
    }
    return formatNumber(numberFormat(locales, options), number);
  }
});

const timeOf = Date.prototype.getTime;
function dateMethods(key, required, defaults) {
  const service = `Date.prototype.${key}`;
  const format = remembering((locales, options) => makeDateTimeFormat(locales, options, required, defaults, service));
  return class { [key](locales = undefined, options = undefined) {
    let time;
    try {
      time = timeOf.call(this);
    } catch {
      throw new TypeError(`Method ${service} called on incompatible receiver ${String(this)}`);
    }
    return Number.isNaN(time) ? 'Invalid Date' : formatDate(format(locales, options), time);
  } };
}
replace(Date.prototype, 0, dateMethods('toLocaleString', 'any', 'all'));
replace(Date.prototype, 0, dateMethods('toLocaleDateString', 'date', 'date'));
replace(Date.prototype, 0, dateMethods('toLocaleTimeString', 'time', 'time'));

function stringOf(self, method) {
  if (typeof self === 'string') {
    return self;
  }
  if (self === undefined || self === null) {
    throw new TypeError(`String.prototype.${method} called on null or undefined`);
  }
  return `${self}`;
}

const collator = remembering((locales, options) => makeCollator(locales, options, 'String.prototype.localeCompare'));
const usualCollator = collator(undefined, undefined).collator;
const { compare } = icu;
replace(String.prototype, 1, class {
  localeCompare(that, locales = undefined, options = undefined) {
    const left = typeof this === 'string' ? this : stringOf(this, 'localeCompare');
    const right = typeof that === 'string' ? that : `${that}`;
    if (locales === undefined && options === undefined) {
      return compare(usualCollator, left, right);
    }
    return compare(collator(locales, options).collator, left, right);
  }
});

// Languages in which case is a matter of language.
const special = new Set(['az', 'el', 'hy', 'lt', 'tr']);
const { toUpperCase, toLowerCase } = String.prototype;
function changeCase(key, plain, upper) {
  return class { [key](locales = undefined) {
    const text = stringOf(this, key);
    const [tag = defaultLocale] = canonicalList(locales);
    const [language] = splitTag(tag).base.split('-');
    return special.has(language) ? icu.changeCase(language, text, upper) : plain.call(text);
  } };
}
replace(String.prototype, 0, changeCase('toLocaleUpperCase', toUpperCase, true));
replace(String.prototype, 0, changeCase('toLocaleLowerCase', toLowerCase, false));

function joinLocal(list, length, values) {
  const texts = [];
  for (let index = 0; index < length; index++) {
    const each = list[index];
    texts.push(each === undefined || each === null ? '' : `${each.toLocaleString(...values)}`);
  }
  return texts.join(',');
}
// Arrays inside themselves print as nothing.
const joining = new Set();
const typedLength = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length').get;
replace(Array.prototype, 0, class {
  toLocaleString(...values) {
    const list = Object(this);
    if (joining.has(list)) {
      return '';
    }
    joining.add(list);
    try {
      return joinLocal(list, Math.max(Math.trunc(Number(list.length)) || 0, 0), values.slice(0, 2));
    } finally {
      joining.delete(list);
    }
  }
});
replace(Object.getPrototypeOf(Uint8Array.prototype), 0, class {
  toLocaleString(...values) { return joinLocal(this, typedLength.call(this), values.slice(0, 2)); }
});

// What is made on first use, by the ways that most programs take: ICU compiles a number format when
// it is used for the third time, and has tables of currencies and of patterns for dates, those for
// one locale at a time.
for (const options of [undefined, { style: 'currency', currency: 'USD' }]) {
  const { format } = numberFormat(undefined, options);
  for (let count = 0; count < 5; count++) {
    icu.formatNumber(format, 1234.5);
  }
}
for (const locale of [defaultLocale, 'zh-CN']) {
  formatDate(makeDateTimeFormat(locale, { timeZone: 'Asia/Shanghai' }, 'any', 'all', 'Intl.DateTimeFormat'), 0);
}
