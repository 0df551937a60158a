const records = [{ id: 1, name: 'ann', score: 9.5 }, { id: 70000, name: 'łukasz', score: -1 }];
const parts = records.map(({ id, name, score }) => { const n = Buffer.from(name), h = Buffer.alloc(13); h.writeUInt32BE(id); h.writeDoubleBE(score, 4); h[12] = n.length; return Buffer.concat([h, n]); });
const all = Buffer.concat(parts); console.log(all.toString('hex').match(/.{1,16}/g).join(' '));
for (let at = 0; at < all.length;) { const n = all[at + 12]; console.log(all.readUInt32BE(at), all.toString('utf8', at + 13, at + 13 + n), all.readDoubleBE(at + 4)); at += 13 + n; }
