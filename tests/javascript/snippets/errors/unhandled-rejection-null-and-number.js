setTimeout(() => console.log('never'), 5);
Promise.reject(42);
