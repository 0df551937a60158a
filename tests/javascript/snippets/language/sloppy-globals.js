undeclared = 5;
var declared = 6;
function f() { implicit = 'leak'; return this === globalThis; }
console.log(f(), undeclared, globalThis.implicit, globalThis.declared, delete globalThis.undeclared, typeof undeclared, this === module.exports, arguments.length);
