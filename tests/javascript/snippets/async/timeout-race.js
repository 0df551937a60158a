const withTimeout = (p, ms) => Promise.race([p, new Promise((_, no) => setTimeout(() => no(new Error(`timed out after ${ms}ms`)), ms))]);
withTimeout(new Promise((r) => setTimeout(r, 50, 'slow')), 5).catch((e) => console.log(e.message)); withTimeout(Promise.resolve('fast'), 20).then(console.log);
