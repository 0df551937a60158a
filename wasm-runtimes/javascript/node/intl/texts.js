// Intl.Collator, Segmenter, ListFormat, RelativeTimeFormat and DisplayNames.
import { defineClass, instance } from './classes.js';
import { Category, fieldsOf, flatten } from './fields.js';
import { icu } from './icu.js';
import { booleanOption, matcherOption, strictOptions, stringOption, toOptions, typeOption } from './options.js';
import { define, incompatible, Slots } from './slots.js';
import { available, canonicalList, canonicalTag, isCollation, joinTag, numberingSystemOption, override, resolveLocale, splitTag } from './tags.js';
import { numberPart } from './numbers.js';

const sensitivities = ['base', 'accent', 'case', 'variant'];
// UColAttributeValue
const Attribute = { off: 16, on: 17, shifted: 20, lower: 24, upper: 25 };
const caseFirsts = { upper: Attribute.upper, lower: Attribute.lower, false: Attribute.off };

export function makeCollator(locales, input, service) {
  const requested = canonicalList(locales);
  const options = toOptions(input, service);
  const usage = stringOption(options, 'usage', ['sort', 'search'], 'sort', service);
  matcherOption(options, service);
  const collation = typeOption(options, 'collation', service);
  let numeric = booleanOption(options, 'numeric');
  const caseFirst = stringOption(options, 'caseFirst', ['upper', 'lower', 'false'], undefined, service);
  const { base, keywords } = resolveLocale(requested, ['co', 'kn', 'kf'], available.collations);
  const valid = collation !== undefined && isCollation(base, collation);
  const [shown] = override(keywords, { co: valid ? collation : undefined });
  if (usage === 'sort' && valid && !keywords.has('co')) {
    shown.set('co', collation);
  }
  const used = new Map(shown);
  if (usage === 'search') {
    used.set('co', 'search');
  } else if (valid) {
    used.set('co', collation);
  }
  const sensitivity = stringOption(options, 'sensitivity', sensitivities, usage === 'sort' ? 'variant' : undefined, service);
  const ignorePunctuation = booleanOption(options, 'ignorePunctuation');
  if (numeric === undefined && keywords.has('kn')) {
    numeric = keywords.get('kn') !== 'false';
  }
  const first = caseFirst ?? keywords.get('kf');
  const state = { kind: 'Collator', usage, locale: joinTag(base, shown) };
  state.collation = usage === 'sort' ? used.get('co') ?? 'default' : 'default';
  state.collator = icu.collator(joinTag(base, used), sensitivity === undefined ? undefined : sensitivities.indexOf(sensitivity),
    ignorePunctuation ? Attribute.shifted : undefined, numeric === undefined ? undefined : numeric ? Attribute.on : Attribute.off,
    first === undefined ? undefined : caseFirsts[first]);
  return state;
}

export function Collator() {
  const state = makeCollator(arguments[0], arguments[1], 'Intl.Collator');
  return instance(Collator, this, new.target, state, true);
}
defineClass('Collator', Collator, {
  methods: {
    resolvedOptions: [0, (state) => {
      const [strength, caseLevel, alternate, numeric, caseFirst] = icu.collatorInfo(state.collator);
      return { locale: state.locale, usage: state.usage,
        sensitivity: strength === 0 ? (caseLevel === Attribute.on ? 'case' : 'base') : strength === 1 ? 'accent' : 'variant',
        ignorePunctuation: alternate === Attribute.shifted, collation: state.collation, numeric: numeric === Attribute.on,
        caseFirst: caseFirst === Attribute.lower ? 'lower' : caseFirst === Attribute.upper ? 'upper' : 'false' };
    }],
  },
  bound: { compare: ['get Intl.Collator.prototype.compare', ({ collator }) => {
    const { compare } = icu;
    return (left, right) => compare(collator, `${left}`, `${right}`);
  }] },
  supported: available.collations,
});

const granularities = ['grapheme', 'word', 'sentence'];

export function Segmenter() {
  const state = { kind: 'Segmenter' };
  const self = instance(Segmenter, this, new.target, state);
  const service = 'Intl.Segmenter';
  const requested = canonicalList(arguments[0]);
  const options = strictOptions(arguments[1]);
  matcherOption(options, service);
  state.locale = resolveLocale(requested, []).base;
  state.granularity = stringOption(options, 'granularity', granularities, 'grapheme', service);
  state.segmenter = icu.segmenter(state.locale, granularities.indexOf(state.granularity));
  return self;
}
defineClass('Segmenter', Segmenter, {
  methods: {
    resolvedOptions: [0, ({ locale, granularity }) => ({ locale, granularity })],
    segment: [1, ({ segmenter, granularity }, input) => {
      const text = `${input}`;
      return new Slots(Object.create(segmentsPrototype), { kind: 'Segments', segmenter, granularity, text, segments: icu.segments(segmenter, text) });
    }],
  },
  supported: available.formats,
});

function segmentAt({ segments, granularity, text }, index) {
  const [start, end, wordLike] = icu.segmentAt(segments, index);
  const data = { segment: text.slice(start, end), index: start, input: text };
  if (granularity === 'word') {
    data.isWordLike = Boolean(wordLike);
  }
  return [data, end];
}

const stateOf = (kind, label, self) => {
  const state = Slots.of(self);
  if (state?.kind !== kind) {
    throw incompatible(label, self);
  }
  return state;
};
class SegmentsMethods {
  containing(index) {
    const state = stateOf('Segments', '%SegmentsPrototype%.containing', this);
    const at = Math.trunc(Number(index)) || 0;
    return at < 0 || at >= state.text.length ? undefined : segmentAt(state, at)[0];
  }
  [Symbol.iterator]() {
    const state = stateOf('Segments', '%SegmentsPrototype%[Symbol.iterator]', this);
    return new Slots(Object.create(segmentIteratorPrototype), { kind: 'SegmentIterator', of: state, at: 0 });
  }
}
class SegmentIteratorMethods {
  next() {
    const state = stateOf('SegmentIterator', '%SegmentIterator.prototype%.next', this);
    if (state.at >= state.of.text.length) {
      return { value: undefined, done: true };
    }
    const [value, end] = segmentAt(state.of, state.at);
    state.at = end;
    return { value, done: false };
  }
}
const segmentsPrototype = {};
define(segmentsPrototype, 'containing', SegmentsMethods.prototype.containing);
define(segmentsPrototype, Symbol.iterator, SegmentsMethods.prototype[Symbol.iterator]);
const segmentIteratorPrototype = Object.create(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
define(segmentIteratorPrototype, 'next', SegmentIteratorMethods.prototype.next);
Object.defineProperty(segmentIteratorPrototype, Symbol.toStringTag, { value: 'Segmenter String Iterator', configurable: true });

// UListFormatterType and -Width
const listTypes = ['conjunction', 'disjunction', 'unit'];
const widths = ['long', 'short', 'narrow'];

export function ListFormat() {
  const state = { kind: 'ListFormat' };
  const self = instance(ListFormat, this, new.target, state);
  const service = 'Intl.ListFormat';
  const requested = canonicalList(arguments[0]);
  const options = strictOptions(arguments[1]);
  matcherOption(options, service);
  state.locale = resolveLocale(requested, []).base;
  state.type = stringOption(options, 'type', listTypes, 'conjunction', service);
  state.style = stringOption(options, 'style', widths, 'long', service);
  state.format = icu.listFormat(state.locale, listTypes.indexOf(state.type), widths.indexOf(state.style));
  return self;
}

function formatList(state, list) {
  const strings = [];
  if (list !== undefined && typeof list?.[Symbol.iterator] !== 'function') {
    const shown = Object(list) === list ? typeof list : `${typeof list} ${String(list)}`;
    throw new TypeError(`${shown} is not iterable (cannot read property Symbol(Symbol.iterator))`);
  }
  for (const each of list ?? []) {
    if (typeof each !== 'string') {
      throw new TypeError(`Iterable yielded ${typeof each === 'object' && each !== null ? '#<Object>' : String(each)} which is not a string`);
    }
    strings.push(each);
  }
  return icu.formatList(state.format, strings);
}
defineClass('ListFormat', ListFormat, {
  methods: {
    resolvedOptions: [0, ({ locale, type, style }) => ({ locale, type, style })],
    format: [1, (state, list) => formatList(state, list)[0]],
    formatToParts: [1, (state, list) => {
      const result = formatList(state, list);
      const elements = fieldsOf(result).filter((each) => each.category === Category.list && each.field === 1);
      const parts = [];
      let at = 0;
      for (const { start, end } of elements) {
        if (start > at) {
          parts.push({ type: 'literal', value: result[0].slice(at, start) });
        }
        parts.push({ type: 'element', value: result[0].slice(start, end) });
        at = end;
      }
      if (at < result[0].length) {
        parts.push({ type: 'literal', value: result[0].slice(at) });
      }
      return parts;
    }],
  },
  supported: available.formats,
});

// URelativeDateTimeUnit
const relativeUnits = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'];

export function RelativeTimeFormat() {
  const state = { kind: 'RelativeTimeFormat' };
  const self = instance(RelativeTimeFormat, this, new.target, state);
  const service = 'Intl.RelativeTimeFormat';
  const requested = canonicalList(arguments[0]);
  const options = toOptions(arguments[1], service);
  matcherOption(options, service);
  const nu = numberingSystemOption(options, service);
  const { base, keywords } = resolveLocale(requested, ['nu']);
  const [shown, used] = override(keywords, { nu });
  state.locale = joinTag(base, shown);
  state.tag = joinTag(base, used);
  state.style = stringOption(options, 'style', widths, 'long', service);
  state.numeric = stringOption(options, 'numeric', ['always', 'auto'], 'always', service);
  state.format = icu.relativeFormat(state.tag, widths.indexOf(state.style));
  return self;
}

function formatRelative(state, value, unit, name) {
  const number = Number(value);
  const text = `${unit}`;
  const index = relativeUnits.indexOf(text.replace(/s$/, ''));
  if (index < 0) {
    throw new RangeError(`Invalid unit argument for Intl.RelativeTimeFormat.prototype.${name}() '${text}'`);
  }
  if (!Number.isFinite(number)) {
    throw new RangeError(`Value need to be finite number for Intl.RelativeTimeFormat.prototype.${name}()`);
  }
  return [icu.formatRelative(state.format, number, index, state.numeric === 'always'), relativeUnits[index], number];
}
defineClass('RelativeTimeFormat', RelativeTimeFormat, {
  methods: {
    resolvedOptions: [0, ({ locale, style, numeric, tag }) => ({ locale, style, numeric, numberingSystem: icu.numberingSystem(tag) })],
    format: [2, (state, value, unit) => formatRelative(state, value, unit, 'format')[0][0]],
    formatToParts: [2, (state, value, unit) => {
      const [result, name, number] = formatRelative(state, value, unit, 'formatToParts');
      const digits = fieldsOf(result).filter((each) => each.category === Category.number);
      return flatten(result[0].length, digits).map(({ field, start, end }) => {
        const text = result[0].slice(start, end);
        return field === undefined ? { type: 'literal', value: text } : { type: numberPart(field.field, text, 'decimal', number), value: text, unit: name };
      });
    }],
  },
  supported: available.formats,
});

const nameTypes = ['language', 'region', 'script', 'currency', 'calendar', 'dateTimeField'];
const codePatterns = {
  region: /^([a-z]{2}|[0-9]{3})$/i,
  script: /^[a-z]{4}$/i,
  currency: /^[a-z]{3}$/i,
  calendar: /^[a-z0-9]{3,8}(-[a-z0-9]{3,8})*$/i,
};
// UDateTimePatternField
const dateFields = { era: 0, year: 1, quarter: 2, month: 3, weekOfYear: 4, weekday: 6, day: 9, dayPeriod: 10, hour: 11, minute: 12, second: 13,
  timeZoneName: 15 };
const icuCalendars = { gregory: 'gregorian', ethioaa: 'ethiopic-amete-alem' };

export function DisplayNames() {
  const state = { kind: 'DisplayNames' };
  const self = instance(DisplayNames, this, new.target, state);
  const service = 'Intl.DisplayNames';
  const requested = canonicalList(arguments[0]);
  if (arguments[1] === undefined) {
    throw new TypeError('invalid_argument');
  }
  const options = strictOptions(arguments[1]);
  matcherOption(options, service);
  state.locale = resolveLocale(requested, []).base;
  state.style = stringOption(options, 'style', widths, 'long', service);
  state.type = stringOption(options, 'type', nameTypes, undefined, service);
  if (state.type === undefined) {
    throw new TypeError('invalid_argument');
  }
  state.fallback = stringOption(options, 'fallback', ['code', 'none'], 'code', service);
  state.languageDisplay = stringOption(options, 'languageDisplay', ['dialect', 'standard'], 'dialect', service);
  state.names = icu.displayNames(state.locale, state.style !== 'long', state.fallback === 'code',
    state.type === 'language' && state.languageDisplay === 'dialect');
  return self;
}

function displayName(state, input) {
  let code = `${input}`;
  const { type } = state;
  const wrong = () => new RangeError('invalid_argument');
  if (type === 'dateTimeField') {
    if (!Object.hasOwn(dateFields, code)) {
      throw wrong();
    }
    return icu.dateField(state.locale, dateFields[code], widths.indexOf(state.style));
  }
  if (type === 'language') {
    try {
      code = canonicalTag(code);
    } catch {
      throw wrong();
    }
    code = splitTag(code).base;
  } else if (!codePatterns[type].test(code)) {
    throw wrong();
  }
  const name = icu.displayName(state.names, nameTypes.indexOf(type), icuCalendars[code] ?? code);
  if (type === 'currency' && state.fallback === 'none' && name === code) {
    return undefined;
  }
  return name;
}
defineClass('DisplayNames', DisplayNames, {
  length: 2,
  methods: {
    resolvedOptions: [0, ({ locale, style, type, fallback, languageDisplay }) => ({ locale, style, type, fallback,
      ...type === 'language' && { languageDisplay } })],
    of: [1, displayName],
  },
  supported: available.formats,
});
