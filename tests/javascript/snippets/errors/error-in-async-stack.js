const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
async function one() { await sleep(1); throw new Error('deep async'); }
async function two() { await one(); }
two();
