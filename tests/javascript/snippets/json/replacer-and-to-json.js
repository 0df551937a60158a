class Money { constructor(v) { this.v = v; } toJSON(key) { return `${key}:${this.v}€`; } }
console.log(JSON.stringify({ price: new Money(5), list: [new Money(1)] }));
console.log(JSON.stringify({ a: 1, b: { a: 2, c: 3 } }, (k, v) => (typeof v === 'number' ? v * 10 : v)), JSON.stringify({ b: 1, a: 2 }, ['a', 'b']));
console.log(JSON.parse('{"a":{"b":[1,2]}}', function (k, v) { return Array.isArray(v) ? v.length : v; }));
console.log(JSON.parse('[1,2,3]', (k, v) => (k === '1' ? undefined : v)));
