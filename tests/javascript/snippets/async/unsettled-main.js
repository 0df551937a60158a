console.log('before'); (async () => { await new Promise(() => {}); console.log('never'); })(); process.on('exit', (c) => console.log('exit', c));
