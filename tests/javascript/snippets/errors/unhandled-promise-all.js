Promise.all([Promise.resolve(1), new Promise((_, no) => setTimeout(no, 1, new Error('second')))]).then(console.log);
