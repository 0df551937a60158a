const key = {}, wm = new WeakMap([[key, 'v']]), ws = new WeakSet([key]), ref = new WeakRef(key);
console.log(wm.get(key), ws.has(key), ref.deref() === key, wm, ws, ref, new FinalizationRegistry(() => {}));
try { new WeakMap().set('x', 1); } catch (e) { console.log(e.message); }
try { new WeakSet().add(1); } catch (e) { console.log(e.message); }
console.log(typeof gc, typeof SharedArrayBuffer, typeof Atomics, typeof WebAssembly);
