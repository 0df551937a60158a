const map = new Map([['x', 1], [{ k: 1 }, 'object key'], [NaN, 'nan'], [null, undefined]]);
map.set('x', 2).delete(null);
for (const [k, v] of map) console.log(k, v);
console.log(map, map.get(NaN), map.keys(), map.entries(), [...map.values()]);
const inverted = new Map([...map].map(([k, v]) => [v, k]));
console.log(inverted);
console.log(Object.fromEntries(new Map([['a', 1], ['b', new Map([['c', 2]])]])));
