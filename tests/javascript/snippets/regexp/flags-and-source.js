const re = new RegExp('a/b\n[/]', 'dgimsuy');
console.log(re, re.source, re.flags, String(re), re.hasIndices, new RegExp('').toString(), new RegExp('/').source);
console.log(/a(?<n>b)?c/d.exec('xabc').indices, /x/d.exec('x').indices.groups);
console.log(RegExp.prototype.toString.call({ source: 'q', flags: 'z' }), RegExp('[').source);
