import x from 'left-pad';
console.log('never', x);
