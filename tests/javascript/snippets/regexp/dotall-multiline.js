const text = 'line1\nline2\r\nline3\u2028line4';
console.log(text.match(/^line\d$/gm), text.match(/line1.line2/s) !== null, text.match(/line1.line2/), text.split(/\r?\n/));
console.log(/^b/m.test('a\nb'), /a$/.test('a\n'), /a.c/s.test('a\nc'));
