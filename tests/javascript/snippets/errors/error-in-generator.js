function* gen() { yield 1; throw new Error('from generator'); }
for (const x of gen()) console.log(x);
