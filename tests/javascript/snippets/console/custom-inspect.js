const { inspect } = require('util');
class Temp { constructor(d) { this.d = d; } [inspect.custom](depth, options, insp) { return `${options.stylize(this.d, 'number')}°<${depth}>${insp === inspect}`; } }
console.log(new Temp(21), [new Temp(5)], { deep: { er: { t: new Temp(1) } } });
console.log({ [Symbol.for('nodejs.util.inspect.custom')]() { return { replaced: true }; } }, inspect(new Temp(2), { depth: 0 }), { inspect() { return 'not used'; } });
console.log({ toString() { return 'x'; } } + '', { x: { [inspect.custom]: () => 'line1\nline2' } });
