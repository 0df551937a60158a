console.log(globalThis === global, globalThis, Object.prototype.toString.call(globalThis).slice(0, 15));
