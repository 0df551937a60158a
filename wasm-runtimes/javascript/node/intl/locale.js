// Intl.Locale and what Intl says about all that it knows.
import { defineClass, instance } from './classes.js';
import { icu } from './icu.js';
import { stringOption, toOptions, typeOption } from './options.js';
import { Slots } from './slots.js';
import { canonicalList, canonicalTag, joinTag, splitTag } from './tags.js';
import { timeZoneName, ZoneType } from './dates.js';
import { units } from './numbers.js';

const service = 'Locale';
const wrong = () => new RangeError('Incorrect locale information provided');

function part(options, name, pattern) {
  const value = stringOption(options, name, undefined, undefined, service);
  if (value !== undefined && !pattern.test(value)) {
    throw wrong();
  }
  return value;
}

const basePattern = /^([a-z]{2,3}|[a-z]{5,8})(?:-([A-Z][a-z]{3}))?(?:-([A-Z]{2}|[0-9]{3}))?((?:-[a-z0-9]+)*)$/i;

// The parts of a canonical tag without its extensions.
function baseParts(tag) {
  const [base] = tag.split(/-(?=[a-z0-9]-)/i);
  const [, language, script, region, variants] = basePattern.exec(base) ?? [, 'und', undefined, undefined, ''];
  return { base, language, script, region, variants, extensions: tag.slice(base.length) };
}

function makeTag(input, options) {
  let { language, script, region, variants, extensions } = baseParts(input);
  language = part(options, 'language', /^([a-z]{2,3}|[a-z]{5,8})$/i) ?? language;
  script = part(options, 'script', /^[a-z]{4}$/i) ?? script;
  region = part(options, 'region', /^([a-z]{2}|[0-9]{3})$/i) ?? region;
  const tag = canonicalTag([language, script, region].filter((each) => each !== undefined).join('-') + variants + extensions);
  const { base, attributes, keywords, rest } = splitTag(tag);
  const set = (key, value) => {
    if (value !== undefined) {
      keywords.set(key, value);
    }
  };
  set('ca', typeOption(options, 'calendar', service));
  set('co', typeOption(options, 'collation', service));
  set('hc', stringOption(options, 'hourCycle', ['h11', 'h12', 'h23', 'h24'], undefined, service));
  set('kf', stringOption(options, 'caseFirst', ['upper', 'lower', 'false'], undefined, service));
  set('kn', options.numeric === undefined ? undefined : `${Boolean(options.numeric)}`);
  set('nu', typeOption(options, 'numberingSystem', service));
  if (keywords.size === 0) {
    return tag;
  }
  const joined = joinTag(base, keywords);
  return canonicalTag((attributes.length > 0 ? joined.replace('-u-', `-u-${attributes.join('-')}-`) : joined) + rest);
}

export function Locale(tag, options) {
  if (new.target === undefined) {
    throw new TypeError("Constructor Intl.Locale requires 'new'");
  }
  const empty = "First argument to Intl.Locale constructor can't be empty or missing";
  if (typeof tag !== 'string' && Object(tag) !== tag) {
    throw new TypeError(empty);
  }
  const inner = Slots.of(tag);
  const text = inner?.kind === 'Locale' ? inner.tag : `${tag}`;
  if (text === '') {
    throw new RangeError(empty);
  }
  return instance(Locale, this, new.target, localeState(makeTag(canonicalTag(text), toOptions(options, 'Intl.Locale'))));
}

function localeState(tag) {
  return { kind: 'Locale', tag, ...baseParts(tag), keywords: splitTag(tag).keywords };
}

const create = (tag) => new Slots(Object.create(Locale.prototype), localeState(tag));
const keyword = (key) => ({ keywords }) => (keywords.has(key) ? keywords.get(key) || (key === 'ca' ? '' : 'true') : undefined);

defineClass('Locale', Locale, {
  length: 1,
  methods: {
    toString: [0, ({ tag }) => tag],
    maximize: [0, ({ tag }) => create(icu.likely(tag, true))],
    minimize: [0, ({ tag }) => create(icu.likely(tag, false))],
  },
  getters: {
    language: ({ language }) => language,
    script: ({ script }) => script,
    region: ({ region }) => region,
    baseName: ({ base }) => base,
    calendar: keyword('ca'),
    caseFirst: ({ keywords }) => keywords.get('kf'),
    collation: keyword('co'),
    hourCycle: keyword('hc'),
    numeric: ({ keywords }) => keywords.has('kn') && keywords.get('kn') !== 'false',
    numberingSystem: keyword('nu'),
    calendars: ({ tag, keywords }) => (keywords.has('ca') ? [keywords.get('ca')] : icu.calendars(tag, true)),
    collations: ({ tag, keywords }) => (keywords.has('co') ? [keywords.get('co')]
      : icu.collations(tag).filter((each) => each !== 'standard' && each !== 'search').sort()),
    hourCycles: ({ tag, keywords }) => [keywords.get('hc') ?? ['h11', 'h12', 'h23', 'h24'][icu.hourCycle(tag)]],
    numberingSystems: ({ tag, keywords }) => [keywords.get('nu') ?? icu.numberingSystem(tag)],
    textInfo: ({ tag }) => ({ direction: icu.rightToLeft(tag) ? 'rtl' : 'ltr' }),
    timeZones: ({ region }) => (region === undefined ? undefined : icu.timeZones(ZoneType.canonical, region).sort()),
    weekInfo: ({ tag }) => {
      const [firstDay, minimalDays, ...weekend] = icu.weekInfo(tag);
      return { firstDay, weekend, minimalDays };
    },
  },
});

export const { getCanonicalLocales } = { getCanonicalLocales(locales) { return canonicalList(locales); } };

const supported = {
  calendar: () => icu.calendars('und', false),
  collation: () => icu.collations().filter((each) => each !== 'standard' && each !== 'search'),
  // V8's list has a few that ICU counts as no longer in use, and lacks one.
  currency: () => [...icu.currencies().filter((each) => each !== 'VEF'), 'SVC', 'XDR', 'XSU', 'ZWL'],
  numberingSystem: () => icu.numberingSystems(),
  timeZone: () => icu.timeZones(ZoneType.location).map(timeZoneName).filter((each) => each !== undefined),
  unit: () => units,
};

export const { supportedValuesOf } = { supportedValuesOf(key) {
  const name = `${key}`;
  if (!Object.hasOwn(supported, name)) {
    throw new RangeError(`Invalid key : ${name}`);
  }
  return [...new Set(supported[name]())].sort();
} };
