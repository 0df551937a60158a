const o = { name: 'o', regular() { return this?.name; }, arrow: () => typeof this, nested() { return [1].map(() => this.name)[0]; } };
const { regular } = o;
globalThis.name = 'global';
console.log(o.regular(), regular(), regular.call({ name: 'called' }), regular.bind({ name: 'bound' })(), o.arrow(), o.nested(), (0, o.regular)());
(function () { console.log(typeof this, this == 5); }).call(5);
