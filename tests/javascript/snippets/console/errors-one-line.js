const e = new Error('boom'); e.stack = 'Error: boom\n    at somewhere';
console.log(e, [e], { e });
const t = new TypeError('typed'); t.stack = 'TypeError: typed'; t.code = 'E_CODE'; t.extra = { a: 1 };
console.log(t, { nested: { t } });
const noStack = new Error('gone'); delete noStack.stack; noStack.stack = undefined; console.log(noStack);
const emptyStack = new Error('gone'); emptyStack.stack = ''; console.log(emptyStack);
