const t = `hello ${name;
console.log(t);
