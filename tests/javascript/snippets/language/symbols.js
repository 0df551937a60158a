const id = Symbol('id');
const o = { [id]: 1, [Symbol.toStringTag]: 'Tagged', [Symbol.toPrimitive]: (hint) => (hint === 'number' ? 42 : hint) };
console.log(o, `${o}`, +o, o + '', String(id), id.description, Symbol.for('k') === Symbol.for('k'), Symbol.keyFor(Symbol.for('k')), Object.getOwnPropertySymbols(o));
for (const f of [() => `${id}`, () => id + 1, () => +id, () => new Symbol(), () => Symbol.keyFor('x')]) try { f(); } catch (e) { console.log(e.message); }
