const o = { z: 1, 2: 'two', a: 2, 1: 'one', '-1': 'neg', '01': 'zero', 4294967295: 'big', 4294967294: 'max' };
console.log(o, Object.keys(o));
delete o.z; o.z = 'again'; console.log(JSON.stringify(o));
