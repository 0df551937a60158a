const show = async (name, attempt) => {
  try {
    console.log(name, await attempt());
  } catch (error) {
    console.log(name, error?.name, error?.message ?? error, error?.code, error?.cause?.message);
  }
};
(async () => {
  await show('text', async () => { const r = await fetch('data:text/plain;charset=utf-8,a%20b'); return [r.status, r.statusText, r.type, r.url, await r.text(), [...r.headers]]; });
  await show('base64', async () => { const r = await fetch('data:;base64,aGk='); return [await r.text(), [...r.headers]]; });
  await show('json', async () => (await fetch('data:application/json,%7B%22a%22:1%7D')).json());
  await show('no comma', () => fetch('data:x'));
  await show('bad base64', () => fetch('data:;base64,%%%'));
  for (const url of ['ftp://x/', 'file:///x', 'about:blank', 'nonsense', 'http://127.0.0.1:22/', 'http://127.0.0.1:6667/', 'http://u:p@host/']) {
    await show(url, () => fetch(url));
  }
  await show('aborted', () => fetch('http://x/', { signal: AbortSignal.abort() }));
  await show('aborted why', () => fetch('http://x/', { signal: AbortSignal.abort('why') }));
  await show('aborted request', () => { const c = new AbortController(); const r = new Request('http://x/', { signal: c.signal }); c.abort(new Error('mine')); return fetch(r); });
  await show('header', () => fetch('http://x/', { headers: { a: 'b\r\nc: d' } }));
  await show('get with body', () => fetch('http://x/', { body: 'x' }));
  await show('stream without duplex', () => fetch('http://x/', { method: 'POST', body: new ReadableStream() }));
})();
