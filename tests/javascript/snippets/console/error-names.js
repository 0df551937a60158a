const one = (e) => { e.stack = e.stack.split('\n')[0]; return e; };
class MyError extends Error {}
const renamed = new Error('m'); renamed.name = 'Renamed';
console.log(one(new MyError('a')), one(renamed), one(new Error()), one(new Error('multi\nline')), one(Object.assign(new MyError('b'), { name: 'Other' })));
console.log(String(new MyError('s')), new MyError('z').name, Object.prototype.toString.call(new MyError()), new DOMException('dom', 'AbortError').name, new EvalError('e').toString());
const bare = Object.create(Error.prototype); console.log(Object.keys(bare), bare instanceof Error, bare.toString());
