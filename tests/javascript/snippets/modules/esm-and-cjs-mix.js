const fs = require('fs'); console.log(typeof fs.readFileSync); module.exports = { a: 1 }; (async () => { const { default: p } = await import('path'); console.log(p.sep); })();
