require('assert').ok(false, 'must be true');
