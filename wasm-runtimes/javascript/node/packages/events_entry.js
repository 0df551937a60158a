// `events` for the bundled packages.
module.exports = require('../events.js').default;
