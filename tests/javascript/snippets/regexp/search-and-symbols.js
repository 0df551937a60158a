console.log('abc'.search(/c/), 'abc'.search('z'), 'aBC'.search(/[A-Z]/), RegExp.prototype[Symbol.replace].call(/a/, 'banana', 'o'));
class Loose extends RegExp { [Symbol.match](s) { return ['custom', s]; } }
console.log('x'.match(new Loose('y')), new Loose('y', 'g'), /a/[Symbol.split]('bab'));
const r = /a/g; r.note = 'kept'; console.log(r, Object.keys(r));
