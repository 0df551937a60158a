const spec = /(?<number>\d+(?:\.\d+)?)|(?<ident>[a-z_]\w*)|(?<op>[-+*/()=])|(?<space>\s+)|(?<other>.)/giy;
const tokens = [];
for (const m of 'x = 3.14 * (y_1 - 2) @'.matchAll(spec)) {
  const [type, text] = Object.entries(m.groups).find(([, v]) => v !== undefined);
  if (type !== 'space') tokens.push({ type, text, at: m.index });
}
console.log(tokens);
