console.log(010, '\101', 08);
function f(a, b) { arguments[0] = 'changed'; return [a, arguments.length, arguments.callee.name, arguments]; }
console.log(f(1), f.length, f.name, f.caller === undefined || f.caller === null);
function dup(a, a) { return a; }
console.log(dup(1, 2));
