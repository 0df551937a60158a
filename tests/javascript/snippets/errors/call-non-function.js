const api = { get: 'not a function' };
api.get('/users');
