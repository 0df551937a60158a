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

const dates = [0, 1700000000000, 1709212345678, -62135596800000, 951827696789, 4102444799999];
const numbers = [0, -0, 1, -1, 12, 1234.5678, -98765.4321, 1e6, 1234567890.12, 0.000123, 1e21, NaN, -Infinity, 12345678901234567890n, '123456789012345678.901'];

for (const locale of locales) {
  console.log(locale, checksum([
    dates.map((each) => [new Date(each).toLocaleString(locale), new Date(each).toLocaleDateString(locale), new Date(each).toLocaleTimeString(locale),
      new Date(each).toLocaleString(locale, { timeZone: 'Asia/Shanghai', hour12: false })]),
    numbers.map((each) => each.toLocaleString(locale)), numbers.toLocaleString(locale),
    'iIıİ ß ΆΔΗΣ ij'.toLocaleUpperCase(locale), 'iIıİ ÌÍ Σ J́ Į'.toLocaleLowerCase(locale),
  ]));
}
