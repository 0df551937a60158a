const f = Float64Array.from([1.5, 2.5, -0]);
console.log(f, f.map((x) => x * 2), new Uint8ClampedArray([300, -5, 1.5]), new Int16Array(new Uint8Array([1, 2, 3, 4]).buffer));
console.log(new BigInt64Array([1n, -1n]), new Float32Array([0.1]), new Uint32Array(2).fill(7).join('|'));
const view = new DataView(new ArrayBuffer(8));
view.setFloat32(0, Math.PI); view.setUint16(4, 0xbeef, true);
console.log(view, view.getFloat32(0), view.getUint8(4).toString(16));
console.log(new Uint8Array([5, 1, 4]).sort(), new Uint8Array([1, 2, 3]).subarray(1), Uint8Array.of(1).at(-1));
