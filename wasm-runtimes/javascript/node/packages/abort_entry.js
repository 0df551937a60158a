// `abort-controller` for the bundled packages.
const { AbortController, AbortSignal } = require('../events_web.js');

module.exports = { AbortController, AbortSignal };
