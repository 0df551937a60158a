const s = 'it's broken';
console.log(s);
