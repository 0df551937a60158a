function* g() { yield 1; } async function* ag() {}
console.log(g(), ag(), [1, 2].entries(), new Map([[1, 2]])[Symbol.iterator](), 'a'.matchAll(/a/g), [g, ag, async () => {}], Object.getPrototypeOf(g));
