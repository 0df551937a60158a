function named(a, b = 1) { /* keep */ return a + b; }
const arrow = async (x) => await x;
class K { static m() {} #p = 1; }
console.log(String(named), arrow.toString(), K.toString(), Math.max.toString(), String(named.bind(null)), (function* () {}).toString(), ({ m() {} }).m.toString(), Object.getOwnPropertyDescriptor({ get a() { return 1; } }, 'a').get.toString());
console.log(named.name, arrow.name, (() => {}).name, named.bind().name, new Function().name, Symbol.prototype[Symbol.toPrimitive].name);
