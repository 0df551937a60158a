const d = new Date(86400000);
console.log(`${d}`, d + 1, d - 1, d > 5, d == '86400000', d[Symbol.toPrimitive]('number'), d[Symbol.toPrimitive]('default'));
console.log(typeof Date(), typeof Date.now(), new Date(d) === d, +new Date(d) === +d, Date.length, new Date(2024, 1).getTime());
