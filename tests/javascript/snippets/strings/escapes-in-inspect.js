console.log(['it\'s', '"quoted"', '`tick`', 'both \' and "', 'all \' " `', 'new\nline', 'tab\t', '\x00\x1b\x7f\x9f', 'back\\slash', '\ud83d', '💩', '\u200b\u2028']);
console.log({ 'needs-quotes': 1, valid_id: 2, '3d': 3, '': 4, 'ünï': 5, "it's": 6, [Symbol('a b')]: 7 });
