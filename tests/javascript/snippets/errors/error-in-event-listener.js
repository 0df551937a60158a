const e = new (require('events'))();
e.on('go', () => { throw new Error('listener'); });
e.emit('go');
