console.log('5'.padStart(3, '0'), 'abc'.padEnd(6, '12'), 'x'.padStart(0), 'x'.repeat(3), 'İstanbul'.toLowerCase(), 'straße'.toUpperCase());
const title = (s) => s.replace(/\b\p{L}/gu, (c) => c.toUpperCase());
const snake = (s) => s.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
const camel = (s) => s.replace(/[-_](.)/g, (_, c) => c.toUpperCase());
console.log(title('hello big world'), snake('someLongName'), camel('some-long_name'));
