'use strict';
const settings = Object.freeze({ debug: false });
settings.debug = true;
