// Every locale in many ways, a checksum for each: what differs is found by printing instead.
const locales = `en en-GB en-IN en-AU zh zh-TW zh-HK ja ko de de-AT de-CH fr fr-CA es es-MX pt pt-PT it nl pl ru uk cs sk sl hr sr
  sr-Latn bg ro hu el tr ar ar-EG ar-SA he fa hi bn ta te mr gu kn ml pa ur vi th id ms fil sv da nb nn no fi et lv lt ca xx`.split(/\s+/);

function checksum(value) {
  const text = JSON.stringify(value, (key, each) => (typeof each === 'bigint' ? `${each}n` : each));
  let sum = 2166136261;
  for (let i = 0; i < text.length; i++) {
    sum = Math.imul(sum ^ text.charCodeAt(i), 16777619);
  }
  return (sum >>> 0).toString(16).padStart(8, '0');
}

const combine = (...lists) => lists.reduce((all, list) => all.flatMap((each) => list.map((value) => [...each, value])), [[]]);
const widths = ['long', 'short', 'narrow'];
const codes = {
  language: ['en', 'en-US', 'zh', 'zh-Hans', 'zh-Hant-TW', 'de-AT', 'pt-BR', 'es-419', 'ja', 'yue', 'xx', 'sr-Latn', 'nl-BE', 'ca-valencia'],
  region: ['US', 'CN', 'TW', 'HK', 'DE', 'GB', '419', '001', 'UN', 'ZZ', 'XX'],
  script: ['Latn', 'Hans', 'Hant', 'Arab', 'Cyrl', 'Zzzz'],
  currency: ['USD', 'EUR', 'CNY', 'JPY', 'TWD', 'XXX', 'ZZZ'],
  calendar: ['gregory', 'buddhist', 'chinese', 'islamic-umalqura', 'roc', 'iso8601'],
  dateTimeField: ['era', 'year', 'quarter', 'month', 'weekOfYear', 'weekday', 'day', 'dayPeriod', 'hour', 'minute', 'second', 'timeZoneName'],
};

for (const locale of locales) {
  console.log(locale, checksum([
    combine(['conjunction', 'disjunction', 'unit'], widths).map(([type, style]) => {
      const format = new Intl.ListFormat(locale, { type, style });
      return [[], ['a'], ['a', 'b'], ['a', 'b', 'i'], ['x', 'y', 'z', 'o']].map((each) => [format.format(each), format.formatToParts(each)]);
    }),
    combine(Object.keys(codes), widths, ['code', 'none']).map(([type, style, fallback]) => {
      const names = new Intl.DisplayNames(locale, { type, style, fallback });
      return codes[type].map((each) => names.of(each) ?? 'undefined');
    }),
  ]));
}
