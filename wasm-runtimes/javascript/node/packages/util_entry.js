// `util` for the bundled packages.
module.exports = require('../util.js').default;
