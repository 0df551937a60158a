const { Console } = require('console'); const { Writable } = require('stream');
let out = ''; const sink = new Writable({ write(chunk, _, done) { out += chunk; done(); } });
const c = new Console({ stdout: sink, stderr: sink, inspectOptions: { depth: 0 } });
c.log({ a: { b: 1 } }); c.error('err %d', 5); c.table([{ x: 1 }]); c.group('g'); c.log('indented');
console.log(JSON.stringify(out)); console.log(typeof console.Console, console.log.name, Object.keys(console).slice(0, 12));
