const re = /\d+/y;
console.log(re.exec('12 34'), re.lastIndex, re.exec('12 34'), re.lastIndex);
re.lastIndex = 3;
console.log(re.exec('12 34'), re.sticky, re);
const g = /a(b)?/g;
let m; const found = [];
while ((m = g.exec('abaab'))) found.push([m.index, m[1], g.lastIndex]);
console.log(found);
