Promise.resolve({}).then((o) => o.a.b).then(() => console.log('never'));
setTimeout(() => console.log('never'), 1);
