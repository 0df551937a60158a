const strip = (e) => { e.stack = e.stack.split('\n')[0]; return e; };
const e = strip(new Error('outer', { cause: strip(new TypeError('inner', { cause: 'root' })) }));
console.log(e);
console.log(strip(new Error('x', { cause: { code: 1, deep: { er: [] } } })), strip(new Error('u', { cause: undefined })));
console.log(strip(new AggregateError([strip(new Error('one')), strip(new RangeError('two'))], 'several')));
