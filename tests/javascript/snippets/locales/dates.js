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
const dateOptions = [{}, {dateStyle:'full'}, {dateStyle:'long'}, {dateStyle:'medium'}, {dateStyle:'short'}, {timeStyle:'full'}, {timeStyle:'long'}, {timeStyle:'medium'}, {timeStyle:'short'},
 {dateStyle:'full',timeStyle:'full',timeZone:'Asia/Shanghai'}, {dateStyle:'long',timeStyle:'short',timeZone:'America/New_York'}, {dateStyle:'medium',timeStyle:'medium'}, {dateStyle:'short',timeStyle:'long',timeZone:'Europe/Berlin'},
 {year:'numeric',month:'long',day:'numeric'}, {year:'numeric',month:'2-digit',day:'2-digit'}, {weekday:'long'}, {weekday:'short',month:'short',day:'numeric'}, {month:'long'}, {month:'narrow'}, {year:'2-digit',month:'numeric'}, {era:'short',year:'numeric'},{era:'long',year:'numeric',month:'short',day:'numeric'},
 {hour:'numeric'}, {hour:'2-digit',minute:'2-digit'}, {hour:'numeric',minute:'2-digit',second:'2-digit',hour12:true}, {hour:'numeric',minute:'numeric',hour12:false}, {hour:'numeric',hourCycle:'h24'}, {hour:'numeric',minute:'2-digit',hourCycle:'h11'}, {timeStyle:'short',hour12:true},{timeStyle:'medium',hourCycle:'h23'},
 {hour:'numeric',dayPeriod:'long'}, {dayPeriod:'short'}, {minute:'2-digit',second:'2-digit',fractionalSecondDigits:3}, {second:'numeric'},
 {hour:'numeric',timeZoneName:'short',timeZone:'America/Los_Angeles'}, {timeZoneName:'long',timeZone:'Asia/Tokyo'}, {timeZoneName:'shortOffset',timeZone:'Asia/Kolkata'}, {timeZoneName:'longOffset',timeZone:'America/St_Johns'}, {timeZoneName:'shortGeneric',timeZone:'Europe/London'}, {timeZoneName:'longGeneric',timeZone:'Australia/Sydney'},{timeZoneName:'short',timeZone:'Etc/GMT+5'},
 {dateStyle:'long',calendar:'buddhist'}, {dateStyle:'full',calendar:'chinese'}, {year:'numeric',month:'short',day:'numeric',calendar:'japanese'}, {dateStyle:'medium',calendar:'islamic-umalqura'}, {dateStyle:'long',calendar:'hebrew'},{dateStyle:'long',calendar:'persian'},{dateStyle:'long',calendar:'roc'}, {dateStyle:'short',numberingSystem:'thai'},
 {year:'numeric',month:'long',day:'numeric',hour:'numeric',minute:'2-digit',weekday:'long',timeZoneName:'short'}];

for (const locale of locales) {
  console.log(locale, checksum(dateOptions.map((options) => {
    const format = new Intl.DateTimeFormat(locale, options);
    return [format.resolvedOptions(), dates.map((each) => format.format(each))];
  })));
}
