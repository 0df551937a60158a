const m = { [new Date(0).toISOString()]: 1, [/x/g]: 2, [[1, 2]]: 3, [{}]: 4, [null]: 5, [1e21]: 6, [() => 1]: 7 };
console.log(m);
