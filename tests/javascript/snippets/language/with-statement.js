const scope = { x: 1, y: 2 };
with (scope) { x = x + y; var z = x * 10; }
console.log(scope, z);
with ({ toString: () => 'w' }) { console.log(toString()); }
