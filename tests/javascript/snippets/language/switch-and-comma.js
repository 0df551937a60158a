const kind = (x) => { switch (true) { case x < 0: return 'neg'; case x === 0: return 'zero'; case x > 100: case x === 99: return 'big'; default: return 'some'; } };
console.log([-1, 0, 5, 99, 101].map(kind), (1, 2, 3), void 0, typeof null, typeof (() => {}), !!'' + 1);
switch (3) { default: console.log('default first'); case 1: console.log('falls'); break; case 2: console.log('no'); }
