const { createCipheriv } = require('crypto');
const data = Buffer.alloc(1e6, 'abc');
function work() {
    const cipher = createCipheriv('aes-256-cbc', Buffer.alloc(32, 1), Buffer.alloc(16, 2));
    return Buffer.concat([cipher.update(data), cipher.final()]).length;
}
