console.log('a1é💩'.match(/[\p{L}--[a-z]]/gv), /^\p{RGI_Emoji}$/v.test('👨‍👩‍👧'), 'x9'.match(/[\w&&\d]/v)[0], /[[a-z]&&[aeiou]]/v.exec('xyze').index);
console.log(/a/v.unicodeSets, /a/v.flags, /a/v);
