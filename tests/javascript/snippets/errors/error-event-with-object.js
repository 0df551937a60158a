require('events').prototype.emit.call(new (require('events'))(), 'error', { a: 1 });
