const text = 'k1=v1; k2=v2;k3 = v3';
const pairs = [...text.matchAll(/(\w+)\s*=\s*(\w+)/g)];
console.log(pairs.map(([, k, v]) => ({ k, v })));
console.log(pairs[0], text.matchAll(/x/g));
try { text.matchAll(/x/); } catch (e) { console.log(e.message); }
