// Intl.DateTimeFormat. Options become a skeleton, from which ICU finds the locale's pattern; what a
// format resolved to is read back from that pattern, as in V8.
import { defineClass, instance } from './classes.js';
import { Category, fieldsOf, sourceOf } from './fields.js';
import { icu } from './icu.js';
import { checkNumber, matcherOption, stringOption, toOptions, typeOption } from './options.js';
import { available, canonicalList, isCalendar, joinTag, numberingSystemOption, override, resolveLocale } from './tags.js';

const cycles = ['h11', 'h12', 'h23', 'h24'];
const hourLetters = ['K', 'h', 'H', 'k'];
const styles = ['full', 'long', 'medium', 'short'];
const noStyle = -1;
const text = { narrow: 5, long: 4, short: 3 };
const digit = { '2-digit': 2, numeric: 1 };
const repeated = (letter, values) => Object.fromEntries(Object.entries(values).map(([name, count]) => [name, letter.repeat(count)]));

// Property -> value -> part of the skeleton, in the order in which options are read.
const components = {
  weekday: repeated('E', text),
  era: repeated('G', text),
  year: repeated('y', digit),
  month: repeated('M', { ...text, ...digit }),
  day: repeated('d', digit),
  dayPeriod: repeated('B', { narrow: 5, long: 4, short: 1 }),
  hour: repeated('j', digit),
  minute: repeated('m', digit),
  second: repeated('s', digit),
  timeZoneName: { long: 'zzzz', short: 'z', longOffset: 'OOOO', shortOffset: 'O', longGeneric: 'vvvv', shortGeneric: 'v' },
};

// The same backwards: what is found first in the pattern counts.
const patternItems = [
  ['weekday', [['EEEEE', 'narrow'], ['EEEE', 'long'], ['EEE', 'short'], ['ccccc', 'narrow'], ['cccc', 'long'], ['ccc', 'short']]],
  ['era', [['GGGGG', 'narrow'], ['GGGG', 'long'], ['GGG', 'short']]],
  ['year', [['yy', '2-digit'], ['y', 'numeric']]],
  ['month', [['MMMMM', 'narrow'], ['MMMM', 'long'], ['MMM', 'short'], ['MM', '2-digit'], ['M', 'numeric'],
    ['LLLLL', 'narrow'], ['LLLL', 'long'], ['LLL', 'short'], ['LL', '2-digit'], ['L', 'numeric']]],
  ['day', [['dd', '2-digit'], ['d', 'numeric']]],
  ['dayPeriod', [['BBBBB', 'narrow'], ['bbbbb', 'narrow'], ['BBBB', 'long'], ['bbbb', 'long'], ['B', 'short'], ['b', 'short']]],
  ['hour', [['HH', '2-digit'], ['H', 'numeric'], ['hh', '2-digit'], ['h', 'numeric'], ['kk', '2-digit'], ['k', 'numeric'],
    ['KK', '2-digit'], ['K', 'numeric']]],
  ['minute', [['mm', '2-digit'], ['m', 'numeric']]],
  ['second', [['ss', '2-digit'], ['s', 'numeric']]],
  ['timeZoneName', [['zzzz', 'long'], ['z', 'short'], ['OOOO', 'longOffset'], ['O', 'shortOffset'], ['vvvv', 'longGeneric'], ['v', 'shortGeneric']]],
];

// USystemTimeZoneType
export const ZoneType = { any: 0, canonical: 1, location: 2 };

let zonesByLowerCase;
export function timeZoneName(name) {
  let canonical = icu.timeZone(name);
  if (canonical === undefined) {
    zonesByLowerCase ??= new Map(icu.timeZones(ZoneType.any).map((each) => [each.toLowerCase(), each]));
    const known = zonesByLowerCase.get(name.toLowerCase());
    canonical = known === undefined ? undefined : icu.timeZone(known);
  }
  if (canonical === undefined || canonical === 'Etc/Unknown') {
    return undefined;
  }
  return canonical === 'Etc/UTC' || canonical === 'Etc/GMT' ? 'UTC' : canonical;
}

function hourCycleOf(tag, keywords, hour12, hourCycle) {
  const usual = icu.hourCycle(tag);
  if (hour12 !== undefined) {
    // h11 and h23 count from 0, h12 and h24 do not.
    return usual === 0 || usual === 2 ? (hour12 ? 0 : 2) : (hour12 ? 1 : 3);
  }
  return cycles.indexOf(hourCycle ?? keywords.get('hc') ?? cycles[usual]);
}

export function makeDateTimeFormat(locales, input, required, defaults, service) {
  const requested = canonicalList(locales);
  if (input === null) {
    throw new TypeError('Cannot convert undefined or null to object');
  }
  const options = toOptions(input, service);
  matcherOption(options, service);
  const calendar = typeOption(options, 'calendar', service);
  const nu = numberingSystemOption(options, service);
  const hour12 = options.hour12 === undefined ? undefined : Boolean(options.hour12);
  const hourCycleOption = stringOption(options, 'hourCycle', cycles, undefined, service);
  const hourCycle = hour12 === undefined ? hourCycleOption : undefined;
  const { base, keywords } = resolveLocale(requested, ['nu', 'ca', 'hc']);
  const ca = calendar !== undefined && isCalendar(base, calendar) ? calendar : undefined;
  const [shown, used] = override(keywords, { ca, nu });
  const state = { kind: 'DateTimeFormat', tag: joinTag(base, used) };
  const cycle = hourCycleOf(state.tag, keywords, hour12, hourCycle);

  let zone = 'UTC';
  if (options.timeZone !== undefined) {
    zone = timeZoneName(`${options.timeZone}`);
    if (zone === undefined) {
      throw new RangeError(`Invalid time zone specified: ${options.timeZone}`);
    }
  }
  state.timeZone = zone;

  let skeleton = '';
  const explicit = [];
  for (const [property, values] of Object.entries(components)) {
    if (property === 'timeZoneName') {
      const digits = checkNumber(options.fractionalSecondDigits, 'fractionalSecondDigits', 1, 3, 0);
      if (digits > 0) {
        explicit.push('fractionalSecondDigits');
        skeleton += 'S'.repeat(digits);
      }
    }
    const value = stringOption(options, property, Object.keys(values), undefined, service);
    if (value !== undefined) {
      explicit.push(property);
      skeleton += values[value].replaceAll('j', hourLetters[cycle]);
    }
  }
  stringOption(options, 'formatMatcher', ['basic', 'best fit'], 'best fit', service);
  state.dateStyle = stringOption(options, 'dateStyle', styles, undefined, service);
  state.timeStyle = stringOption(options, 'timeStyle', styles, undefined, service);
  let shownCycle = noStyle;
  if (state.dateStyle !== undefined || state.timeStyle !== undefined) {
    if (explicit.length > 0) {
      throw new TypeError(`Can't set option ${explicit[0]} when ${state.dateStyle === undefined ? 'timeStyle' : 'dateStyle'} is used`);
    }
    if (required === 'date' && state.timeStyle !== undefined) {
      throw new TypeError('Invalid option : timeStyle');
    }
    if (required === 'time' && state.dateStyle !== undefined) {
      throw new TypeError('Invalid option : dateStyle');
    }
    shownCycle = state.timeStyle === undefined ? noStyle : cycle;
    state.format = icu.dateFormat(state.tag, zone, undefined, styles.indexOf(state.dateStyle), styles.indexOf(state.timeStyle), shownCycle);
  } else {
    const dates = ['weekday', 'year', 'month', 'day'];
    const times = ['dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits'];
    const relevant = required === 'date' ? dates : required === 'time' ? times : [...dates, ...times];
    if (!explicit.some((each) => relevant.includes(each))) {
      if (defaults !== 'time') {
        skeleton += 'yMd';
      }
      if (defaults !== 'date') {
        skeleton += `${hourLetters[cycle]}ms`;
        shownCycle = cycle;
      }
    }
    if (explicit.includes('hour')) {
      shownCycle = cycle;
    }
    state.format = icu.dateFormat(state.tag, zone, skeleton, noStyle, noStyle, shownCycle);
  }
  state.cycle = shownCycle;
  if ((hour12 !== undefined || hourCycleOption !== undefined) && shown.has('hc') && shown.get('hc') !== cycles[shownCycle]) {
    shown.delete('hc');
  }
  state.locale = joinTag(base, shown);
  return state;
}

const latest = 8.64e15;

function toTime(value) {
  const time = value === undefined ? Date.now() : Number(value);
  if (!(Math.abs(time) <= latest)) {
    throw new RangeError('Invalid time value');
  }
  return Math.trunc(time) + 0;
}

export const formatDate = (state, value) => icu.formatDate(state.format, toTime(value));

// UDateFormatField
const fieldNames = { 0: 'era', 1: 'year', 2: 'month', 3: 'day', 4: 'hour', 5: 'hour', 6: 'minute', 7: 'second', 8: 'fractionalSecond',
  9: 'weekday', 14: 'dayPeriod', 15: 'hour', 16: 'hour', 17: 'timeZoneName', 18: 'weekday', 19: 'weekday', 20: 'year', 23: 'timeZoneName',
  24: 'timeZoneName', 25: 'weekday', 26: 'month', 29: 'timeZoneName', 30: 'yearName', 31: 'timeZoneName', 32: 'timeZoneName',
  33: 'timeZoneName', 34: 'relatedYear', 35: 'dayPeriod', 36: 'dayPeriod' };

// Fields of dates follow one another; what is between them is literal.
function parts(result, extra = () => ({})) {
  const list = [];
  let at = 0;
  const add = (type, start, end) => {
    list.push({ type, value: result[0].slice(start, end), ...extra(start, end) });
  };
  for (const { category, field, start, end } of fieldsOf(result)) {
    if (category === Category.date) {
      if (start > at) {
        add('literal', at, start);
      }
      add(fieldNames[field] ?? 'literal', start, end);
      at = end;
    }
  }
  if (at < result[0].length) {
    add('literal', at, result[0].length);
  }
  return list;
}

// undefined for a range whose ends look the same.
function range(state, start, end) {
  if (start === undefined || end === undefined) {
    throw new TypeError('Invalid time value');
  }
  const from = toTime(start);
  const result = icu.dateRange(state.format, from, toTime(end));
  const spans = fieldsOf(result).filter((each) => each.category === Category.dateSpan);
  return { from, result, spans };
}

export function DateTimeFormat() {
  const state = makeDateTimeFormat(arguments[0], arguments[1], 'any', 'date', 'Intl.DateTimeFormat');
  return instance(DateTimeFormat, this, new.target, state, true);
}
defineClass('DateTimeFormat', DateTimeFormat, {
  methods: {
    resolvedOptions: [0, (state) => {
      const result = { locale: state.locale, calendar: icu.dateCalendar(state.format), numberingSystem: icu.numberingSystem(state.tag),
        timeZone: state.timeZone };
      if (state.cycle >= 0) {
        result.hourCycle = cycles[state.cycle];
        result.hour12 = state.cycle <= 1;
      }
      if (state.dateStyle === undefined && state.timeStyle === undefined) {
        const pattern = icu.datePattern(state.format);
        for (const [property, values] of patternItems) {
          if (property === 'timeZoneName') {
            const digits = /S+/.exec(pattern)?.[0].length;
            if (digits !== undefined) {
              result.fractionalSecondDigits = Math.min(digits, 3);
            }
          }
          const found = values.find(([letters]) => pattern.includes(letters));
          if (found !== undefined) {
            [, result[property]] = found;
          }
        }
      }
      if (state.dateStyle !== undefined) {
        result.dateStyle = state.dateStyle;
      }
      if (state.timeStyle !== undefined) {
        result.timeStyle = state.timeStyle;
      }
      return result;
    }],
    formatToParts: [1, (state, value) => parts(icu.dateParts(state.format, toTime(value)))],
    formatRange: [2, (state, start, end) => {
      const { from, result, spans } = range(state, start, end);
      return spans.length > 0 ? result[0] : icu.formatDate(state.format, from);
    }],
    formatRangeToParts: [2, (state, start, end) => {
      const { from, result, spans } = range(state, start, end);
      if (spans.length === 0) {
        return parts(icu.dateParts(state.format, from), () => ({ source: 'shared' }));
      }
      const source = sourceOf(spans);
      return parts(result, (first, last) => ({ source: source(first, last) }));
    }],
  },
  bound: { format: ['UnwrapDateTimeFormat', (state) => (value) => formatDate(state, value)] },
  supported: available.formats,
});
