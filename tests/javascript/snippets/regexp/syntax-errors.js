for (const source of ['(', '[', 'a**', '?', '(?<n>a)(?<n>b)', '\\', '(?<1>a)', '{1', 'a{2,1}', '[z-a]', '\\k<x>(?<y>)', ')']) {
  try { console.log(new RegExp(source)); } catch (e) { console.log(source, e.name, e.message); }
}
for (const [source, flags] of [['a', 'gg'], ['a', 'x'], ['{', 'u'], ['\\-', 'u'], ['a', 'uv'], ['\\p{Foo}', 'u'], ['(?<=a)+', 'u']]) {
  try { console.log(new RegExp(source, flags)); } catch (e) { console.log(source, e.name, e.message); }
}
