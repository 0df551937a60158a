console.log(Object.keys(globalThis));
console.log(typeof window, typeof document, typeof require, typeof exports, typeof global, typeof fetch, typeof navigator, typeof __dirname);
