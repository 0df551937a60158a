const { gunzipSync, gzipSync } = require('zlib');
let text = '';
for (let i = 0; text.length < 1e6; i++) text += `line ${i} of ${(i * 7919) % 1013}\n`;
const data = Buffer.from(text);
function work() {
    return gunzipSync(gzipSync(data)).length;
}
