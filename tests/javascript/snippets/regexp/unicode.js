console.log('naïve café 日本語 2024 💩'.match(/\p{L}+/gu), '💩'.match(/./), '💩'.match(/./u), /^.$/u.test('💩'));
console.log('Ελληνικά and English'.match(/\p{Script=Greek}+/u)[0], /\p{Emoji_Presentation}/u.test('😀'), /\u{1F600}/u.test('😀'));
console.log('ǆ Ǆ'.replace(/ǆ/giu, 'x'), /\w/iu.test('ſ'), 'İ'.toLowerCase().length, 'ß'.toUpperCase());
