function fail() { return new Error('with stack'); }
const e = fail();
console.log(e);
console.log(e.stack.split('\n').slice(0, 3).join('|'));
class ValidationError extends Error { constructor(m, field) { super(m); this.name = 'ValidationError'; this.field = field; } }
console.log(new ValidationError('bad', 'email'));
console.log({ wrapped: new SyntaxError('in object') });
