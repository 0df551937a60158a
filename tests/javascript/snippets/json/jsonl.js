const lines = '{"id":1,"ok":true}\n{"id":2,"ok":false}\n\nnot json\n{"id":3}'.split('\n');
const out = lines.filter(Boolean).map((line, i) => { try { return JSON.parse(line); } catch (e) { return { line: i + 1, error: e.message }; } });
console.log(out);
console.table(out);
