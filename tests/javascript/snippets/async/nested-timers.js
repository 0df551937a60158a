setTimeout(() => { console.log('A'); setTimeout(() => console.log('A2'), 80); setImmediate(() => console.log('A-imm')); process.nextTick(() => console.log('A-tick')); Promise.resolve().then(() => console.log('A-micro')); }, 0);
setTimeout(() => { console.log('B'); Promise.resolve().then(() => console.log('B-micro')); }, 40);
