function merge(target, source) {
  for (const key of Object.keys(source)) {
    if (source[key] && typeof source[key] === 'object' && !Array.isArray(source[key])) {
      target[key] = merge(target[key] ?? {}, source[key]);
    } else {
      target[key] = source[key];
    }
  }
  return target;
}
console.log(merge({ a: { b: 1, c: [1] }, d: null }, { a: { c: [2, 3], e: { f: 'g' } }, h: undefined }));
