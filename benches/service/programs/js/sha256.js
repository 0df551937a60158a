const { createHash } = require('crypto');
const data = Buffer.alloc(1e6, 'abc');
function work() {
    return createHash('sha256').update(data).digest('hex');
}
