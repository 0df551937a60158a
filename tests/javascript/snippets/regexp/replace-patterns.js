console.log('John Smith'.replace(/(\w+)\s(\w+)/, '$2, $1'), 'abc'.replace('b', "[$`|$&|$']"), 'x'.replace('x', '$$'), 'aaa'.replace(/a/g, (m, i) => i));
console.log('a.b.c'.replaceAll('.', '-'), 'abc'.replace(/(b)/, '$1$01$10$2'), 'aXbX'.replaceAll(/x/gi, ''), 'x'.replace(/y/, 'z'));
try { 'a'.replaceAll(/a/, ''); } catch (e) { console.log(e.name + ': ' + e.message); }
