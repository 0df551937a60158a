const { createHash } = require('crypto');
const data = Buffer.alloc(1e6, 'abc');
function work() {
    return createHash('md5').update(data).digest('hex');
}
