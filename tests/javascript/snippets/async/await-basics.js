const sleep = (ms, v) => new Promise((r) => setTimeout(r, ms, v));
async function main() { console.log('start'); const r = await sleep(5, 'slept'); console.log(r); return { done: true }; }
main().then(console.log).finally(() => console.log('finally')); console.log('sync end');
