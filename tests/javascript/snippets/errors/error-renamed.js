const e = new Error('msg');
e.name = 'Renamed';
throw e;
