Promise.resolve().then(() => { console.log('in promise'); process.exit(2); }).then(() => console.log('never')); setTimeout(() => console.log('never'), 1);
