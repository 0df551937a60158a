console.log(['x'.repeat(80), 'y'.repeat(20)], { long: 'word '.repeat(30) });
console.log(['a\nb'.repeat(10)], { text: 'first line\nsecond line\nthird line that is somewhat longer than the others' });
