const tls = require('tls');
const certificate = (CN, subjectaltname) => ({ subject: { CN }, subjectaltname });
for (const [host, cert] of [['a.com', certificate('a.com')], ['b.com', certificate('a.com')], ['x.a.com', certificate('', 'DNS:*.a.com')],
  ['y.x.a.com', certificate('', 'DNS:*.a.com')], ['a.com', certificate('', 'DNS:*.com')], ['A.COM', certificate('', 'DNS:a.com')],
  ['a.com.', certificate('', 'DNS:a.com')], ['1.2.3.4', certificate('', 'IP Address:1.2.3.4')], ['1.2.3.5', certificate('', 'IP Address:1.2.3.4')],
  ['1.2.3.4', certificate('1.2.3.4')], ['a.com', certificate('a.com', 'DNS:b.com, DNS:c.com')]]) {
  const error = tls.checkServerIdentity(host, cert);
  console.log(host, error === undefined ? 'fits' : `${error.code} ${error.reason} ${error.message}`);
}
for (const options of [{ port: 1, minVersion: 'x' }, { port: 1, ca: 5 }]) {
  try { tls.connect(options); } catch (error) { console.log(error.name, error.code, error.message); }
}
console.log(tls.DEFAULT_MIN_VERSION, tls.DEFAULT_MAX_VERSION, Array.isArray(tls.rootCertificates));
