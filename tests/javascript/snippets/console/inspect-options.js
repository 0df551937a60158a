const { inspect } = require('util');
const o = { b: [1, 2, { c: { d: {} } }], a: 'str', n: 123456789.123, m: new Map([['z', 1], ['y', 2]]) };
console.log(inspect(o, { compact: false })); console.log(inspect(o, { compact: true, breakLength: 40 })); console.log(inspect(o, { sorted: true, depth: 0 }));
console.log(inspect(o, { numericSeparator: true, maxArrayLength: 1 }), inspect('x'.repeat(50), { maxStringLength: 10 }), inspect(o, { colors: true, depth: 1 }));
console.log(inspect(o, false, 0), inspect({ a: 1, b: 2, c: 3 }, { breakLength: 10 }), inspect([[[[[]]]]], { depth: Infinity }), inspect(new Array(5), { maxArrayLength: 0 }));
