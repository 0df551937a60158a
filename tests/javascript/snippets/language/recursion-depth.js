function depth(n) { try { return depth(n + 1); } catch (e) { return [e instanceof RangeError, e.message, n > 5000]; } }
console.log(depth(0));
const deep = (n) => (n ? deep(n - 1) + 1 : 0);
console.log(deep(5000));
