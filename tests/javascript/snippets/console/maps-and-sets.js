const m = new Map([['a', 1], [{ k: 1 }, new Set([1, 'two', [3]])], ['nested', new Map([['x', new Map([['y', new Map()]])]])]]);
console.log(m, new Map(), new Set(), new Set([new Set([new Set([new Set([1])])])]));
console.log(m.entries(), m.keys(), m.values(), new Set('abc').values(), new Set('ab').entries(), [1, 2][Symbol.iterator](), 'ab'[Symbol.iterator]());
const it = m.keys(); it.next(); console.log(it);
class M extends Map {} class S extends Set { x = 1; }
console.log(new M([[1, 2]]), new S([1]), Object.assign(new Map([[1, 2]]), { extra: true }));
