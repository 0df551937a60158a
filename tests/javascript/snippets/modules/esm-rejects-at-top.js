export const x = 1;
await Promise.reject(new Error('top level rejection'));
