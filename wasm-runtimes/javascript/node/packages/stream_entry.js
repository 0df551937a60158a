// `stream` for the bundled packages.
module.exports = require('../stream.js').default;
