let n = 0; const t = setInterval((a) => { console.log('tick', ++n, a); if (n === 3) { clearInterval(t); console.log('stopped', t.hasRef()); } }, 2, 'arg');
const u = setTimeout(() => console.log('unref never'), 100000); u.unref(); console.log(u.hasRef(), typeof u[Symbol.toPrimitive](), u.refresh() === u, typeof t.ref);
