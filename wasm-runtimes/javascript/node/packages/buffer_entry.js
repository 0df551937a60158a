// `buffer` for the bundled packages.
const { Buffer } = require('../buffer.js');
const { Blob } = require('../web.js');

module.exports = { Buffer, Blob, kMaxLength: 2 ** 32 };
