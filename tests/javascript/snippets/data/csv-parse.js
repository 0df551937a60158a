const csv = 'id,name,quote\n1,"Smith, J","He said ""hi"""\n2,Müller,plain\n3,"multi\nline",x';
function parse(text) {
  const rows = [[]];
  let field = '', quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { field += '"'; i++; } else if (c === '"') quoted = false; else field += c;
    } else if (c === '"') quoted = true;
    else if (c === ',') { rows.at(-1).push(field); field = ''; }
    else if (c === '\n') { rows.at(-1).push(field); rows.push([]); field = ''; }
    else field += c;
  }
  rows.at(-1).push(field);
  return rows;
}
const [head, ...rest] = parse(csv);
console.log(rest.map((row) => Object.fromEntries(row.map((v, i) => [head[i], v]))));
