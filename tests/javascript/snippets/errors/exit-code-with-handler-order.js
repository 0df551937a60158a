process.on('exit', (c) => console.log('exit handler', c));
throw new Error('fails');
