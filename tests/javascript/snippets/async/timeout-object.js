const t = setTimeout(() => {}, 5); console.log(t.constructor.name, Object.keys(t), t._idleTimeout, t._repeat); clearTimeout(t); console.log(t._destroyed, t._idleTimeout);
const i = setImmediate(() => {}); console.log(i.constructor.name, i._destroyed); clearImmediate(i);
