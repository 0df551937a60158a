const EventEmitter = require('events'); class Bus extends EventEmitter {} const b = new Bus();
b.on('x', function (...a) { console.log('on', a, this === b); }); b.once('x', () => console.log('once')); b.prependListener('x', () => console.log('first')); console.log(b.emit('x', 1, 2), b.emit('x'), b.emit('none'), b.listenerCount('x'), b.eventNames(), b.listeners('x').length, EventEmitter.defaultMaxListeners, b.getMaxListeners());
const f = () => console.log('f'); b.on('y', f).on('y', f).off('y', f); b.emit('y'); b.removeAllListeners('y'); console.log(b.emit('y'), b.rawListeners('x').length, b);
