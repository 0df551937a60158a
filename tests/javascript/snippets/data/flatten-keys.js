const flatten = (o, prefix = '') => Object.entries(o).reduce((out, [k, v]) => {
  const key = prefix ? `${prefix}.${k}` : k;
  return typeof v === 'object' && v !== null ? { ...out, ...flatten(v, key) } : { ...out, [key]: v };
}, {});
console.log(flatten({ a: 1, b: { c: [true, { d: 'x' }], e: null }, f: { g: { h: { i: { j: 1 } } } } }));
