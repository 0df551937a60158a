const b = Buffer.alloc(12); b.writeFloatBE(1.1, 0); b.writeDoubleLE(Math.PI, 4); console.log(b, b.readFloatBE(0), b.readDoubleLE(4), b.readFloatLE(0), b.readDoubleBE(4));
