const b = Buffer.alloc(16);
console.log(b.writeUInt8(255, 0), b.writeInt16LE(-2, 1), b.writeUInt32BE(0xdeadbeef, 3), b.writeIntBE(-123456, 7, 6), b.writeUInt16BE(0x1234, 13), b);
console.log(b.readUInt8(0), b.readInt8(0), b.readInt16LE(1), b.readUInt32BE(3).toString(16), b.readInt32LE(3), b.readIntBE(7, 6), b.readUIntLE(0, 3), b.readUint16BE(13));
b.writeBigInt64LE(-5n, 0); b.writeBigUInt64BE(2n ** 63n, 8); console.log(b, b.readBigInt64LE(0), b.readBigUInt64BE(8));
