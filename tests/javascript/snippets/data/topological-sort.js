const graph = { shirt: ['tie', 'belt'], tie: ['jacket'], pants: ['shoes', 'belt'], belt: ['jacket'], socks: ['shoes'], shoes: [], jacket: [] };
const seen = new Set(), result = [];
(function visit(names) {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    visit(graph[name]);
    result.unshift(name);
  }
})(Object.keys(graph));
console.log(result);
