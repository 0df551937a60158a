Promise.reject({ code: 5, message: 'plain object' });
