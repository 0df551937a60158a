const a = { name: 'a' }; a.self = a; a.list = [a, { a }];
console.log(a);
const b = {}, c = { b }; b.c = c; console.log(b, [b, c]);
const m = new Map(); m.set('me', m); console.log(m);
const arr = [1]; arr.push(arr); console.log(arr, { arr });
