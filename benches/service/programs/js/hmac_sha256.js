const { createHmac } = require('crypto');
const data = Buffer.alloc(1e6, 'abc');
function work() {
    return createHmac('sha256', 'key').update(data).digest('hex');
}
