const text = '{"a":[1,2.5,-0,1e3,true,false,null],"b":{"c":"\\u00fc\\n\\t\\"\\\\/"},"":{},"__proto__":1}';
const value = JSON.parse(text);
console.log(value, JSON.stringify(value), Object.keys(value));
console.log(JSON.stringify({ u: undefined, f() {}, s: Symbol('x'), n: NaN, i: Infinity, d: new Date(0), r: /x/, m: new Map([[1, 2]]), e: new Error('x'), nested: [undefined, () => 1] }));
