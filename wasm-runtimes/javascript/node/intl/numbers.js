// Intl.NumberFormat and Intl.PluralRules.
import { defineClass, instance } from './classes.js';
import { Category, fieldsOf, flatten, sourceOf } from './fields.js';
import { icu } from './icu.js';
import { checkNumber, matcherOption, outOfRange, stringOption, toOptions } from './options.js';
import { available, canonicalList, joinTag, numberingSystemOption, override, resolveLocale } from './tags.js';

export const units = ['acre', 'bit', 'byte', 'celsius', 'centimeter', 'day', 'degree', 'fahrenheit', 'fluid-ounce', 'foot', 'gallon', 'gigabit',
  'gigabyte', 'gram', 'hectare', 'hour', 'inch', 'kilobit', 'kilobyte', 'kilogram', 'kilometer', 'liter', 'megabit', 'megabyte', 'meter',
  'microsecond', 'mile', 'mile-scandinavian', 'milliliter', 'millimeter', 'millisecond', 'minute', 'month', 'nanosecond', 'ounce', 'percent',
  'petabyte', 'pound', 'second', 'stone', 'terabit', 'terabyte', 'week', 'yard', 'year'];

function isUnit(unit) {
  if (units.includes(unit)) {
    return true;
  }
  const parts = unit.split('-per-');
  return parts.length === 2 && units.includes(parts[0]) && units.includes(parts[1]);
}

const roundingModes = { ceil: 'ceiling', floor: 'floor', expand: 'up', trunc: 'down', halfCeil: 'half-ceiling', halfFloor: 'half-floor',
  halfExpand: 'half-up', halfTrunc: 'half-down', halfEven: 'half-even' };
const increments = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000];
const signs = { auto: 'auto', always: 'always', never: 'never', exceptZero: 'except-zero', negative: 'negative' };
const groupings = { false: 'off', min2: 'min2', auto: 'auto', always: 'on-aligned' };
const currencyWidths = { code: 'iso-code', symbol: 'short', name: 'full-name', narrowSymbol: 'narrow' };
const unitWidths = { short: 'short', narrow: 'narrow', long: 'full-name' };
const Rounding = { fraction: 0, significant: 1, morePrecision: 2, lessPrecision: 3 };

function digitOptions(options, leastDefault, mostDefault, compact, service) {
  const digits = { leastInteger: checkNumber(options.minimumIntegerDigits, 'minimumIntegerDigits', 1, 21, 1) };
  let least = options.minimumFractionDigits;
  let most = options.maximumFractionDigits;
  const leastSignificant = options.minimumSignificantDigits;
  const mostSignificant = options.maximumSignificantDigits;
  const priority = stringOption(options, 'roundingPriority', ['auto', 'morePrecision', 'lessPrecision'], 'auto', service);
  const hasSignificant = leastSignificant !== undefined || mostSignificant !== undefined;
  const hasFraction = least !== undefined || most !== undefined;
  const needSignificant = priority !== 'auto' || hasSignificant;
  const needFraction = priority !== 'auto' || !(needSignificant || (!hasFraction && compact));
  if (needSignificant) {
    digits.leastSignificant = checkNumber(leastSignificant, 'minimumSignificantDigits', 1, 21, 1);
    digits.mostSignificant = checkNumber(mostSignificant, 'maximumSignificantDigits', digits.leastSignificant, 21, 21);
  }
  if (needFraction) {
    least = checkNumber(least, 'minimumFractionDigits', 0, 20);
    most = checkNumber(most, 'maximumFractionDigits', 0, 20);
    if (least === undefined) {
      least = most === undefined ? leastDefault : Math.min(leastDefault, most);
    }
    most ??= Math.max(mostDefault, least);
    if (least > most) {
      throw new RangeError('maximumFractionDigits value is out of range.');
    }
    digits.leastFraction = least;
    digits.mostFraction = most;
  }
  if (!needSignificant && !needFraction) {
    Object.assign(digits, { leastFraction: 0, mostFraction: 0, leastSignificant: 1, mostSignificant: 2, rounding: 'morePrecision' });
  } else {
    digits.rounding = priority !== 'auto' ? priority : hasSignificant ? 'significant' : 'fraction';
  }
  return digits;
}

const digitList = (digits, increment = 1, strip = false) => [digits.leastInteger, digits.leastFraction ?? 0, digits.mostFraction ?? 0,
  digits.leastSignificant ?? 1, digits.mostSignificant ?? 21, Rounding[digits.rounding], increment, strip ? 1 : 0];

function resolvedDigits(digits, result) {
  result.minimumIntegerDigits = digits.leastInteger;
  if (digits.leastSignificant !== undefined) {
    result.minimumSignificantDigits = digits.leastSignificant;
    result.maximumSignificantDigits = digits.mostSignificant;
  }
  if (digits.leastFraction !== undefined) {
    result.minimumFractionDigits = digits.leastFraction;
    result.maximumFractionDigits = digits.mostFraction;
  }
}

function groupingOption(options, compact, service) {
  const fallback = compact ? 'min2' : 'auto';
  const value = options.useGrouping;
  if (value === undefined) {
    return fallback;
  }
  if (value === true) {
    return 'always';
  }
  if (!value) {
    return false;
  }
  const name = `${value}`;
  if (name === 'true' || name === 'false') {
    return fallback;
  }
  if (!['min2', 'auto', 'always'].includes(name)) {
    throw outOfRange(name, service, 'useGrouping');
  }
  return name;
}

export function makeNumberFormat(locales, input, service) {
  const requested = canonicalList(locales);
  const options = toOptions(input, service);
  matcherOption(options, service);
  const nu = numberingSystemOption(options, service);
  const { base, keywords } = resolveLocale(requested, ['nu']);
  const [shown, used] = override(keywords, { nu });
  const state = { kind: 'NumberFormat', locale: joinTag(base, shown), tag: joinTag(base, used) };

  state.style = stringOption(options, 'style', ['decimal', 'percent', 'currency', 'unit'], 'decimal', service);
  const currency = stringOption(options, 'currency', undefined, undefined, service);
  if (currency !== undefined && !/^[a-z]{3}$/i.test(currency)) {
    throw new RangeError(`Invalid currency code : ${currency}`);
  }
  if (state.style === 'currency' && currency === undefined) {
    throw new TypeError('Currency code is required with currency style.');
  }
  state.currencyDisplay = stringOption(options, 'currencyDisplay', ['code', 'symbol', 'name', 'narrowSymbol'], 'symbol', service);
  state.currencySign = stringOption(options, 'currencySign', ['standard', 'accounting'], 'standard', service);
  const unit = stringOption(options, 'unit', undefined, undefined, service);
  if (unit !== undefined && !isUnit(unit)) {
    throw new RangeError(`Invalid unit argument for ${service}() '${unit}'`);
  }
  if (state.style === 'unit' && unit === undefined) {
    throw new TypeError(`Invalid unit argument for ${service}() ''`);
  }
  state.unitDisplay = stringOption(options, 'unitDisplay', ['short', 'narrow', 'long'], 'short', service);
  const skeleton = [];
  let leastFraction = 0;
  let mostFraction = state.style === 'percent' ? 0 : 3;
  state.notation = stringOption(options, 'notation', ['standard', 'scientific', 'engineering', 'compact'], 'standard', service);
  if (state.style === 'currency') {
    state.currency = currency.toUpperCase();
    skeleton.push(`currency/${state.currency}`, `unit-width-${currencyWidths[state.currencyDisplay]}`);
    if (state.notation === 'standard') {
      leastFraction = mostFraction = icu.currencyDigits(state.currency);
    }
  } else if (state.style === 'unit') {
    state.unit = unit;
    skeleton.push(`unit/${unit}`, `unit-width-${unitWidths[state.unitDisplay]}`);
  } else if (state.style === 'percent') {
    skeleton.push('percent', 'scale/100');
  }
  const compact = state.notation === 'compact';
  const increment = increments.includes(Number(options.roundingIncrement ?? 1)) ? Number(options.roundingIncrement ?? 1) : undefined;
  if (increment === undefined) {
    throw new RangeError('roundingIncrement value is out of range.');
  }
  state.roundingMode = stringOption(options, 'roundingMode', Object.keys(roundingModes), 'halfExpand', service);
  state.trailingZeroDisplay = stringOption(options, 'trailingZeroDisplay', ['auto', 'stripIfInteger'], 'auto', service);
  state.digits = digitOptions(options, leastFraction, mostFraction, compact, service);
  state.roundingIncrement = increment;
  if (increment !== 1 && state.digits.rounding !== 'fraction') {
    throw new TypeError('RoundingType is not fractionDigits');
  }
  state.compactDisplay = stringOption(options, 'compactDisplay', ['short', 'long'], 'short', service);
  state.useGrouping = groupingOption(options, compact, service);
  state.signDisplay = stringOption(options, 'signDisplay', Object.keys(signs), 'auto', service);

  if (state.notation !== 'standard') {
    skeleton.push(compact ? `compact-${state.compactDisplay}` : state.notation);
  }
  const accounting = state.style === 'currency' && state.currencySign === 'accounting' && state.signDisplay !== 'never';
  const sign = signs[state.signDisplay];
  skeleton.push(accounting ? (sign === 'auto' ? 'sign-accounting' : `sign-accounting-${sign}`) : `sign-${sign}`);
  skeleton.push(`rounding-mode-${roundingModes[state.roundingMode]}`, `group-${groupings[state.useGrouping]}`);
  state.format = icu.numberFormat(state.tag, skeleton.join(' '),
    digitList(state.digits, increment, state.trailingZeroDisplay === 'stripIfInteger'));
  return state;
}

// What glue/intl takes for a number: a number or a decimal string, which may say more.
const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;
export function toNumeric(value) {
  if (typeof value === 'number') {
    return value;
  }
  const primitive = typeof value === 'object' && value !== null || typeof value === 'function' ? toPrimitive(value) : value;
  if (typeof primitive === 'bigint') {
    return `${primitive}`;
  }
  if (typeof primitive === 'string') {
    const text = primitive.trim();
    return (text.length > 15 || /e/i.test(text)) && decimal.test(text) && Number.isFinite(Number(text)) ? text : Number(text);
  }
  return Number(primitive);
}

function toPrimitive(value) {
  const exotic = value[Symbol.toPrimitive];
  if (exotic !== undefined && exotic !== null) {
    return exotic.call(value, 'number');
  }
  for (const name of ['valueOf', 'toString']) {
    if (typeof value[name] === 'function') {
      const result = value[name]();
      if (Object(result) !== result) {
        return result;
      }
    }
  }
  throw new TypeError('Cannot convert object to primitive value');
}

export function formatNumber(state, value) {
  return icu.formatNumber(state.format, toNumeric(value));
}

// UNumberFormatFields
const fieldNames = ['integer', 'fraction', 'decimal', 'exponentSeparator', 'exponentMinusSign', 'exponentInteger', 'group', 'currency',
  'percentSign', 'percentSign', 'sign', 'unit', 'compact', 'approximatelySign'];

export function numberPart(field, text, style, value) {
  const name = fieldNames[field];
  switch (name) {
    case 'integer':
      return Number.isNaN(value) ? 'nan' : value === Infinity || value === -Infinity ? 'infinity' : 'integer';
    case 'sign':
      return text.includes('+') ? 'plusSign' : 'minusSign';
    case 'percentSign':
      return style === 'unit' ? 'unit' : name;
    default:
      return name;
  }
}

function rangeEnds(start, end, names) {
  for (const [name, value] of [[names[0], start], [names[1], end]]) {
    if (value === undefined) {
      throw new TypeError(`Invalid ${name} : undefined`);
    }
  }
  const ends = [toNumeric(start), toNumeric(end)];
  ends.forEach((value, index) => {
    if (Number.isNaN(value)) {
      throw new RangeError(`Invalid ${names[index]} : NaN`);
    }
  });
  return ends;
}

export function NumberFormat() {
  const state = makeNumberFormat(arguments[0], arguments[1], 'Intl.NumberFormat');
  return instance(NumberFormat, this, new.target, state, true);
}
defineClass('NumberFormat', NumberFormat, {
  methods: {
    resolvedOptions: [0, (state) => {
      const result = { locale: state.locale, numberingSystem: icu.numberingSystem(state.tag), style: state.style };
      if (state.style === 'currency') {
        Object.assign(result, { currency: state.currency, currencyDisplay: state.currencyDisplay, currencySign: state.currencySign });
      } else if (state.style === 'unit') {
        Object.assign(result, { unit: state.unit, unitDisplay: state.unitDisplay });
      }
      resolvedDigits(state.digits, result);
      result.useGrouping = state.useGrouping;
      result.notation = state.notation;
      if (state.notation === 'compact') {
        result.compactDisplay = state.compactDisplay;
      }
      return Object.assign(result, { signDisplay: state.signDisplay, roundingMode: state.roundingMode, roundingIncrement: state.roundingIncrement,
        trailingZeroDisplay: state.trailingZeroDisplay,
        roundingPriority: state.digits.rounding.endsWith('Precision') ? state.digits.rounding : 'auto' });
    }],
    formatToParts: [1, (state, value) => {
      const number = toNumeric(value);
      const result = icu.numberParts(state.format, number);
      return flatten(result[0].length, fieldsOf(result)).map(({ field, start, end }) => {
        const text = result[0].slice(start, end);
        return { type: field ? numberPart(field.field, text, state.style, number) : 'literal', value: text };
      });
    }],
    formatRange: [2, (state, start, end) => icu.numberRange(state.format, ...rangeEnds(start, end, ['start', 'end']))[0]],
    formatRangeToParts: [2, (state, from, to) => {
      const result = icu.numberRange(state.format, ...rangeEnds(from, to, ['start', 'end']));
      const fields = fieldsOf(result);
      const source = sourceOf(fields.filter((each) => each.category === Category.numberSpan));
      return flatten(result[0].length, fields.filter((each) => each.category === Category.number))
        .map(({ field, start, end }) => {
          const text = result[0].slice(start, end);
          const type = field ? numberPart(field.field, text, state.style) : 'literal';
          return { type, value: text, source: source(start, end) };
        });
    }],
  },
  bound: { format: ['UnwrapNumberFormat', (state) => (value) => formatNumber(state, value)] },
  supported: available.formats,
});

export function PluralRules() {
  const state = { kind: 'PluralRules' };
  const self = instance(PluralRules, this, new.target, state);
  const service = 'Intl.PluralRules';
  const requested = canonicalList(arguments[0]);
  const options = toOptions(arguments[1], service);
  matcherOption(options, service);
  state.type = stringOption(options, 'type', ['cardinal', 'ordinal'], 'cardinal', service);
  state.locale = resolveLocale(requested, [], available.plurals).base;
  state.digits = digitOptions(options, 0, 3, false, service);
  state.format = icu.numberFormat(state.locale, '', digitList(state.digits));
  state.rules = icu.pluralRules(state.locale, state.type === 'ordinal');
  return self;
}
defineClass('PluralRules', PluralRules, {
  methods: {
    resolvedOptions: [0, (state) => {
      const result = { locale: state.locale, type: state.type };
      resolvedDigits(state.digits, result);
      result.pluralCategories = icu.pluralCategories(state.rules);
      return result;
    }],
    select: [1, (state, value) => icu.plural(state.rules, state.format, Number(value))],
    selectRange: [2, (state, start, end) =>
      icu.pluralRange(state.rules, state.format, ...rangeEnds(start, end, ['startRange', 'endRange']))],
  },
  supported: available.plurals,
});
