const _ = require('not-installed-package');
