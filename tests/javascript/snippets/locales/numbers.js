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

const numbers = [0, -0, 1, -1, 12, 1234.5678, -98765.4321, 1e6, 1234567890.12, 0.000123, 1e21, NaN, -Infinity, 12345678901234567890n, '123456789012345678.901'];
const numberOptions = [{}, {style:'percent'}, {style:'percent',maximumFractionDigits:2,signDisplay:'exceptZero'},
 {style:'currency',currency:'USD'}, {style:'currency',currency:'CNY'}, {style:'currency',currency:'JPY',currencyDisplay:'name'}, {style:'currency',currency:'EUR',currencyDisplay:'code',currencySign:'accounting'},
 {style:'currency',currency:'INR',currencyDisplay:'narrowSymbol'},{style:'currency',currency:'KWD',notation:'compact'},{style:'currency',currency:'TWD',signDisplay:'never'},
 {style:'unit',unit:'kilometer-per-hour'}, {style:'unit',unit:'megabyte',unitDisplay:'long'}, {style:'unit',unit:'celsius',unitDisplay:'narrow'}, {style:'unit',unit:'day',unitDisplay:'long'},{style:'unit',unit:'liter'},{style:'unit',unit:'mile-per-gallon',unitDisplay:'long'},{style:'unit',unit:'foot-per-week',unitDisplay:'long'},
 {notation:'compact'}, {notation:'compact',compactDisplay:'long'}, {notation:'scientific'}, {notation:'engineering',maximumFractionDigits:2},
 {signDisplay:'always'}, {signDisplay:'negative'}, {useGrouping:false}, {useGrouping:'min2'}, {useGrouping:'always'}, {minimumIntegerDigits:4}, {minimumFractionDigits:2}, {maximumSignificantDigits:3}, {minimumSignificantDigits:5},
 {roundingMode:'floor',maximumFractionDigits:1},{roundingMode:'halfEven',maximumFractionDigits:0},{roundingIncrement:5,minimumFractionDigits:2,maximumFractionDigits:2},{trailingZeroDisplay:'stripIfInteger',minimumFractionDigits:2},{roundingPriority:'lessPrecision',maximumSignificantDigits:2,maximumFractionDigits:1},
 {numberingSystem:'arab'}, {numberingSystem:'hanidec'}];

for (const locale of locales) {
  console.log(locale, checksum(numberOptions.map((options) => {
    const format = new Intl.NumberFormat(locale, options);
    return [format.resolvedOptions(), numbers.map((each) => format.format(each))];
  })));
}
