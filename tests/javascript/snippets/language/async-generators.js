async function* ticks(n) { for (let i = 0; i < n; i++) { await null; yield i; } }
(async () => {
  for await (const t of ticks(3)) console.log('tick', t);
  for await (const x of [1, Promise.resolve(2), 3]) console.log(x);
  const it = ticks(5); console.log(await it.next(), await it.return('r'), await it.next(), it);
  try { for await (const x of [Promise.reject(new Error('in list'))]) console.log(x); } catch (e) { console.log(e.message); }
})();
