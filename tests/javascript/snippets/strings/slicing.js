const s = 'The quick brown fox';
console.log([s.slice(-3), s.slice(4, 9), s.substring(9, 4), s.substr(-3, 2), s.at(-1), s.charAt(99), s[0], s[99], s.charCodeAt(1), s.codePointAt(0)]);
console.log([s.indexOf('q'), s.lastIndexOf('o'), s.includes('brown'), s.startsWith('quick', 4), s.endsWith('fox'), s.length]);
console.log([' trim me '.trim(), ' x '.trimStart(), ' x '.trimEnd(), '\u00a0\ufeffx\u2003'.trim()]);
