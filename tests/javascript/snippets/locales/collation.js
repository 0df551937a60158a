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

// Words of many scripts, and as many made up ones.
const words = ['z', 'Z', 'ä', 'a', 'A', 'á', 'ae', 'æ', 'ø', 'ö', 'o', 'ch', 'cz', 'll', 'lz', 'ñ', 'n', 'ß', 'ss', 'İ', 'ı', 'i', 'I', '中', '国', '人', '啊', 'あ', 'ア', 'い', '漢', '字', '가', '나', 'я', 'а', 'б', 'ё', 'е', '10', '9', '1', '-', '_', ' ', 'a-b', 'ab', 'co-op', 'coop', 'Ǆ', 'dž', 'ا', 'ب', 'ก', 'ข', 'क', 'ख', '😀', 'Å', 'å', 'aa', 'č', 'c', 'ç', 'š', 's', 'x1', 'x10', 'x2'];
let seed = 1;
const random = (below) => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % below;
};
const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !"#$%&()*+,-./:;<=>?@[]^_{|}~äöüßéèñçåø中文字あア'];
for (let i = 0; i < 150; i++) {
  words.push(Array.from({ length: 1 + random(8) }, () => letters[random(letters.length)]).join(''));
}

for (const locale of locales) {
  console.log(locale, checksum([{}, { numeric: true }, { sensitivity: 'base' }, { sensitivity: 'accent' }, { sensitivity: 'case' }, { caseFirst: 'upper' },
    { ignorePunctuation: true }, { usage: 'search' }].map((options) => {
    const collator = new Intl.Collator(locale, options);
    return [collator.resolvedOptions(), [...words].sort(collator.compare), ['a', 'A', 'ä', 'b'].map((each) => 'a'.localeCompare(each, locale, options))];
  })));
}
