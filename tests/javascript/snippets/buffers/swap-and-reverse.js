console.log(Buffer.from([1, 2, 3, 4]).swap16(), Buffer.from([1, 2, 3, 4]).swap32(), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]).swap64(), Buffer.from([1, 2, 3]).reverse());
try { Buffer.from([1, 2, 3]).swap16(); } catch (e) { console.log(e.name, e.code, e.message); }
