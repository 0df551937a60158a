import { nope } from 'path';
console.log('never');
