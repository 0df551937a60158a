const e = new Error('original');
e.stack = 'custom stack text';
throw e;
