const b = Buffer.from('abcdefgh'); const s = b.subarray(2, 5); s[0] = 0x58; console.log(b.toString(), s.toString(), b.slice(-3).toString(), b.buffer === s.buffer, Buffer.from(b).equals(b), b.subarray(5, 2).length, s.parent === b.buffer, b.slice(1, -1).toString());
const u = Uint8Array.prototype.slice.call(b, 0, 2); u[0] = 0; console.log(b[0], u, s.byteLength, s.length);
