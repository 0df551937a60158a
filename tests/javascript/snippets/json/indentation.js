const o = { list: [1, { x: [] }, {}], text: 'ü\u2028\ud800', deep: { deeper: { deepest: null } } };
console.log(JSON.stringify(o, null, 2));
console.log(JSON.stringify(o, null, '\t'), JSON.stringify(o, ['deep', 'text'], '--'), JSON.stringify([], null, 2), JSON.stringify(o, null, 20).split('\n')[1].length);
