throw { code: 'E_FAIL', nested: { a: [1, 2, { b: 3 }] } };
