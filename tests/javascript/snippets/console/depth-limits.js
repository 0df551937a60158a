const nest = (n) => (n ? { level: n, child: nest(n - 1), list: [[n]] } : 'bottom');
console.log(nest(5)); console.log(JSON.stringify(nest(2)), [[[[[['deep']]]]]], new Map([[{ a: { b: { c: 1 } } }, { a: { b: { c: { d: 1 } } } }]]));
class Deep { constructor(n) { if (n) this.next = new Deep(n - 1); } } console.log(new Deep(4));
