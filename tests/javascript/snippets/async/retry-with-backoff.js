let tries = 0; const flaky = async () => { if (++tries < 3) throw new Error(`try ${tries}`); return 'ok'; };
async function retry(f, n) { for (let i = 0; i <= n; i++) try { return await f(); } catch (e) { console.log('failed:', e.message); await new Promise((r) => setTimeout(r, 2 ** i)); } throw new Error('gave up'); }
retry(flaky, 5).then(console.log);
