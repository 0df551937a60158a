queueMicrotask(() => { throw new TypeError('in microtask'); });
Promise.resolve().then(() => console.log('micro'));
