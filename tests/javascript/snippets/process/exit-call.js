process.on('exit', (c) => console.log('code', c)); setTimeout(() => console.log('never'), 0); console.log('leaving'); process.exit(7); console.log('never');
