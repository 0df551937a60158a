const a = 1;
const b = a +;
console.log(b);
