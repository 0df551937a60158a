const hexdump = (b) => { for (let i = 0; i < b.length; i += 16) { const row = b.subarray(i, i + 16); console.log(i.toString(16).padStart(8, '0'), [...row].map((x) => x.toString(16).padStart(2, '0')).join(' ').padEnd(47), row.toString('latin1').replace(/[^\x20-\x7e]/g, '.')); } };
hexdump(Buffer.from('The quick brown\n\tfox jümps over the lazy dog \u0000\u0001', 'utf8'));
