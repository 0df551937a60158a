console.log(new Uint8Array(3), new Float32Array([1.5, -0]), new ArrayBuffer(5), new DataView(new ArrayBuffer(2)), Buffer.from('hi'), [Buffer.alloc(2)]);
console.log(new Uint8Array(200), Buffer.alloc(60, 1), new SharedArrayBuffer(2), Object.assign(Buffer.from('x'), { p: 1 }));
console.log(new Uint16Array(new ArrayBuffer(8), 2, 2), Buffer.from([]), new (class Sub extends Uint8Array {})(2));
