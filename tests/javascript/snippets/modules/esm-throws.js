import 'fs';
function deep() { throw new RangeError('from a module'); }
deep();
