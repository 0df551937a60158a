process.on('uncaughtException', () => { console.log('handler'); throw new Error('from handler'); }); throw new Error('first');
