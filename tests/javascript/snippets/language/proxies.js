const log = [];
const p = new Proxy({ a: 1 }, {
  get(t, k, r) { log.push(`get ${String(k)}`); return k in t ? Reflect.get(t, k, r) : `no ${String(k)}`; },
  set(t, k, v) { log.push(`set ${k}`); if (k === 'no') return false; t[k] = v; return true; },
  has: (t, k) => k.startsWith('m'), deleteProperty(t, k) { log.push(`delete ${k}`); return delete t[k]; }, ownKeys: () => ['a', 'z'],
});
p.b = 2; console.log(p.a, p.missing, 'magic' in p, 'a' in p, delete p.b, Object.keys(p), log);
(function () { 'use strict'; try { p.no = 1; } catch (e) { console.log(e.message); } })();
const revocable = Proxy.revocable({}, {}); revocable.revoke();
try { revocable.proxy.x; } catch (e) { console.log(e.message); }
