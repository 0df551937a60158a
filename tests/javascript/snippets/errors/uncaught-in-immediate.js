setImmediate(() => { throw new RangeError('in immediate'); });
