console.log('a1b2c3'.split(/\d/), 'a1b2c3'.split(/(\d)/), 'abc'.split(''), ''.split(','), ''.split(''), 'a,b,c'.split(',', 2), '👍x'.split(''), [...'👍x']);
console.log('one  two\tthree\nfour'.split(/\s+/), ' a '.split(' '), 'test'.split('t'), 'ab'.split(/(?:)/u));
