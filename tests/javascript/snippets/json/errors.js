for (const text of ['', '{', '{"a":1,}', "{'a':1}", '[1,2', 'undefined', '{"a" 1}', 'tru', '"abc', '01', '1 2', '{"a":\n  x}', '[1,]', 'NaN', '"\t"', '{"long":"' + 'x'.repeat(50) + '",bad}', '\u00a01', '"\\x"', '{"a":1}}', 'null,', '-', '1.', '[', '"\\u12"']) {
  try { console.log(JSON.parse(text)); } catch (e) { console.log(`${e.name}: ${e.message}`); }
}
