const { inspect } = require('node:util');
for (const v of [0, -0, 1e21, 'a\'b', '', true, null, undefined, 10n, Symbol(), Symbol(''), [], {}, () => {}, function () {}, class {}, new Date(NaN), /a/, new Error('').message, [[]], [{}], Infinity]) console.log(inspect(v));
console.log(inspect(Object.assign(async function f() {}, { a: 1 })), inspect(Object.create({}, { x: { value: 1, enumerable: true } })), inspect(new (class extends Array {})(3)), inspect(Object.assign([1, 2], { k: 'v', 5: 'five' })));
