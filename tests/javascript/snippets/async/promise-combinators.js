(async () => {
  const ok = (v) => Promise.resolve(v), no = (m) => Promise.reject(new Error(m));
  console.log(await Promise.all([1, ok(2), { then: (f) => f('thenable') }]));
  console.log((await Promise.allSettled([ok(1), no('x')])).map((r) => r.status + ':' + (r.value ?? r.reason.message)));
  console.log(await Promise.race([new Promise(() => {}), ok('won')]), await Promise.any([no('a'), ok('b')]));
  try { await Promise.any([no('a'), no('b')]); } catch (e) { console.log(e.name, e.message, e.errors.map((x) => x.message)); }
  try { await Promise.all([ok(1), no('first'), no('second')]); } catch (e) { console.log(e.message); }
  console.log(await Promise.all([]), await Promise.allSettled([]), await Promise.any([]).catch((e) => e.message));
})();
