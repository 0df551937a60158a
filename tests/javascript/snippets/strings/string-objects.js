const s = new String('abc');
s.extra = 1;
console.log(s, typeof s, s == 'abc', s === 'abc', Object.keys(s), JSON.stringify(s), [s], { s });
console.log(new Number(3), new Boolean(false), Object(Symbol('x')), Object(5n), new Number(-0));
