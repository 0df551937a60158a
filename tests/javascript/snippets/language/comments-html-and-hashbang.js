#!/usr/bin/env node
<!-- an html comment
console.log('ran'); // trailing
--> also a comment
/* block */ console.log('end')
