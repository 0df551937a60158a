console.assert(true, 'never'); console.assert(1 === 1);
console.log('before');
console.assert(false, 'to stderr %s', 'x'); console.trace('trace'); console.warn('w'); console.error('e'); console.debug('debug', 1); console.info('%i', 3.7);
console.log('after');
