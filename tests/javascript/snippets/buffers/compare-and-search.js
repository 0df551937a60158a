const b = Buffer.from('this is a buffer is');
console.log(b.indexOf('is'), b.indexOf('is', 3), b.lastIndexOf('is'), b.indexOf(Buffer.from('buf')), b.indexOf(0x61), b.includes('xyz'), b.indexOf(''), b.indexOf('is', -2), b.indexOf('6973', 'hex'), b.lastIndexOf('is', 5));
console.log(Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.from('abc').compare(Buffer.from('abd')), Buffer.from('abc').compare(Buffer.from('zabcz'), 1, 4), Buffer.from('a').equals(new Uint8Array([97])), [Buffer.from('b'), Buffer.from('a')].sort(Buffer.compare));
