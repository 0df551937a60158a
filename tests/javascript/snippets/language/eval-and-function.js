var x = 1;
console.log(eval('var y = x + 1; y * 2'), y, (0, eval)('typeof x'), new Function('a', 'b', 'return a + b')(1, 2), eval('({a: 1})'), eval('{a: 1}'));
console.log(new Function('a', 'b = 2', 'return a').toString(), Function('return this')() === globalThis);
try { eval('let = ;'); } catch (e) { console.log(e.name); }
