// `process` for the bundled packages: what they use of it.
const { nextTick } = require('../loop.js');

module.exports = { nextTick, env: {}, version: 'v20.20.2', versions: { node: '20.20.2' }, platform: 'linux', emitWarning() {}, stdout: null, stderr: null };
