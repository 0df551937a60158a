const a = () => b();
function b() { return [1].map(function each(x) { return c(x); }); }
const c = (x) => { throw new Error(`value ${x}`); };
a();
