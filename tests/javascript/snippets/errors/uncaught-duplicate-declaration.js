let value = 1;
console.log(value);
let value = 2;
