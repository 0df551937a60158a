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

const units = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'];
const combine = (...lists) => lists.reduce((all, list) => all.flatMap((each) => list.map((value) => [...each, value])), [[]]);

for (const locale of locales) {
  console.log(locale, checksum([
    ['cardinal', 'ordinal'].map((type) => {
      const rules = new Intl.PluralRules(locale, { type });
      return [rules.resolvedOptions(), [0, 1, 2, 3, 4, 5, 6, 11, 21, 100, 1.5, 1e6].map((each) => rules.select(each)),
        rules.selectRange(0, 1), rules.selectRange(1, 2), rules.selectRange(2, 5)];
    }),
    combine(['long', 'short', 'narrow'], ['always', 'auto']).map(([style, numeric]) => {
      const format = new Intl.RelativeTimeFormat(locale, { style, numeric });
      return [combine(units, [-2, -1, -0, 0, 1, 2, 5, 1234.5]).map(([unit, each]) => format.format(each, unit)), format.formatToParts(-1234.5, 'day')];
    }),
  ]));
}
