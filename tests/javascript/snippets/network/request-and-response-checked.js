const show = async (name, attempt) => {
  try {
    console.log(name, await attempt());
  } catch (error) {
    console.log(name, error.name, error.message, error.cause?.code);
  }
};
(async () => {
  await show('trace', () => new Request('http://x/', { method: 'trace' }));
  await show('method', () => new Request('http://x/', { method: 'a b' }));
  await show('lower case', () => [new Request('http://x/', { method: 'put' }).method, new Request('http://x/', { method: 'propfind' }).method]);
  await show('redirect', () => new Request('http://x/', { redirect: 'x' }));
  await show('navigate', () => new Request('http://x/', { mode: 'navigate' }));
  await show('signal', () => new Request('http://x/', { signal: 1 }));
  await show('fragment', () => new Request('http://x/#f').url);
  await show('inspected', () => new Request('http://x/', { method: 'POST', body: 'x' }));
  await show('used', async () => { const a = new Request('http://x/', { method: 'POST', body: 'x' }); const b = new Request(a); return [a.bodyUsed, b.bodyUsed, await b.text()]; });
  await show('used twice', async () => { const a = new Request('http://x/', { method: 'POST', body: 'x' }); await a.text(); return new Request(a); });
  await show('clone', async () => { const a = new Request('http://x/', { method: 'POST', body: 'x', headers: { b: 'c' } }); const b = a.clone(); return [await a.text(), await b.text(), b.headers.get('b'), b.method]; });
  await show('statusText', () => new Response('', { statusText: 'a\n' }));
  await show('redirect code', () => Response.redirect('http://x', 200));
  await show('redirect url', () => Response.redirect('zz'));
  await show('redirect', () => { const r = Response.redirect('http://x/', 301); return [r.status, r.headers.get('location')]; });
  await show('immutable', () => Response.error().headers.append('a', 'b'));
  await show('immutable redirect', () => Response.redirect('http://x/').headers.set('a', 'b'));
  await show('inspected response', () => new Response('abc'));
  await show('clone response', async () => { const a = new Response('x', { status: 201, headers: { b: 'c' } }); const b = a.clone(); return [await a.text(), await b.text(), b.status, b.headers.get('b')]; });
  await show('no form', () => new Response('x').formData());
  await show('urlencoded', async () => [...await new Response(new URLSearchParams({ a: '1 2' })).formData()]);
  await show('byte reader', async () => { const reader = new Response('abc').body.getReader({ mode: 'byob' }); const { value } = await reader.read(new Uint8Array(2)); return [value, (await reader.read(new Uint8Array(2))).value]; });
  await show('locked', async () => { const r = new Response('x'); r.body.getReader(); return r.text(); });
  await show('chunks', () => new Response(new ReadableStream({ start(c) { c.enqueue('text'); c.close(); } })).text());
})();
