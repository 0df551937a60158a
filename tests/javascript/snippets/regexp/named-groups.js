const re = /(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})/u;
const m = '2024-02-29'.match(re);
console.log(m, m.groups, m.groups.year, m.index);
console.log('2024-02-29'.replace(re, '$<day>.$<month>.$<year>'));
console.log('a 2024-02-29 b 2023-01-02'.replace(new RegExp(re, 'g'), (...args) => JSON.stringify(args.at(-1))));
