const dns = require('dns');
dns.lookup('127.0.0.1', (...values) => console.log('v4', ...values));
dns.lookup('::1', (...values) => console.log('v6', ...values));
dns.lookup('127.0.0.1', { all: true }, (...values) => console.log('all', ...values));
dns.promises.lookup('10.0.0.1').then((found) => console.log('promise', found));
console.log(dns.getDefaultResultOrder(), dns.NOTFOUND, dns.ADDRCONFIG, dns.promises === require('dns/promises'));
for (const attempt of [() => dns.lookup('x'), () => dns.lookup(5, () => {}), () => dns.lookup('x', { family: 7 }, () => {}), () => dns.resolve('x', 'NOPE', () => {}),
  () => dns.resolve4('x'), () => dns.setDefaultResultOrder('x')]) {
  try { attempt(); console.log('taken'); } catch (error) { console.log(error.name, error.code); }
}
