const tag = (parts, ...values) => ({ cooked: parts, raw: parts.raw, values });
console.log(tag`a${1}\n${'b'}c`);
console.log(String.raw`C:\new\${'x'}${1 + 1}`, `multi
line ${[1, [2, 3]]} ${{}} ${null} ${undefined}`);
const html = (s, ...v) => s.reduce((out, part, i) => out + part + (i < v.length ? String(v[i]).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt()};`) : ''), '');
console.log(html`<p title="${'"x"'}">${'<b>&</b>'}</p>`);
