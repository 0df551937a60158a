setImmediate(() => { console.log('i1'); setImmediate(() => console.log('i1-nested')); setTimeout(() => console.log('i1-timeout'), 80); process.nextTick(() => console.log('i1-tick')); }); setImmediate(() => { console.log('i2'); Promise.resolve().then(() => console.log('i2-micro')); });
const c = setImmediate(() => console.log('never')); clearImmediate(c);
