for (const v of [undefined, null, 5, true, [1], {}, '  7  ', Buffer.from('{"b":1}')]) {
  try { console.log(JSON.parse(v)); } catch (e) { console.log(`${e.name}: ${e.message}`); }
}
console.log(JSON.stringify(), JSON.stringify(undefined), JSON.stringify(null), JSON.stringify('x'), JSON.stringify(Object('s')), JSON[Symbol.toStringTag]);
