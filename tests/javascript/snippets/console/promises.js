const pending = new Promise(() => {}), ok = Promise.resolve({ a: 1 }), bad = Promise.reject(new RangeError('nope'));
bad.catch(() => {});
console.log(pending, ok, Promise.resolve(), [Promise.resolve('x')], (async () => 5)());
console.log(Promise.reject(3).catch(() => {}), Object.assign(Promise.resolve(1), { tag: 'x' }));
class P extends Promise {} console.log(P.resolve(1), Promise, Promise.prototype);
