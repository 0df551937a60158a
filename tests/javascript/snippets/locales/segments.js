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

const text = 'Hello, Mr. World! 我是中国人。吾輩は猫である。สวัสดีครับ 3.5 can\'t é👨‍👩‍👧 नमस्ते 안녕하세요 Foo_bar; ok? Ja.';

for (const locale of locales) {
  console.log(locale, checksum(['grapheme', 'word', 'sentence'].map((granularity) => [...new Intl.Segmenter(locale, { granularity }).segment(text)])));
}
