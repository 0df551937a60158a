const { createHash } = require('crypto');
const data = Buffer.alloc(1e6, 'abc');
function work() {
    return createHash('sha512').update(data).digest('hex');
}
