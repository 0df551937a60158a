console.log({ text: 'line one\nline two', short: 'a\nb' }, ['first\nsecond'], 'top\nlevel', new Map([['k\n', 'v\n']]));
console.log({ sql: 'SELECT *\nFROM table\nWHERE something = 1 AND other = 2 AND more IS NOT NULL\n' });
