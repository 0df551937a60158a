JSON.stringify({ a: { toJSON() { throw new Error('toJSON'); } } });
