const EventEmitter = require('events'); const e = new EventEmitter({ captureRejections: true }); e.on('x', async () => { throw new Error('async fail'); }); e.on('error', (err) => console.log('captured', err.message)); e.emit('x');
const l = new EventEmitter(); for (let i = 0; i < 11; i++) l.on('many', () => {}); process.on('warning', (w) => console.log(w.name, w.message, w.count));
