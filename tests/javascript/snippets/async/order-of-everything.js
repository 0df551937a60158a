setTimeout(() => console.log('timeout 0'), 0); setTimeout(() => console.log('timeout 1'), 1); setImmediate(() => console.log('immediate'));
process.nextTick(() => console.log('tick 1')); Promise.resolve().then(() => { console.log('micro 1'); process.nextTick(() => console.log('tick from micro')); }).then(() => console.log('micro 2'));
queueMicrotask(() => console.log('queued')); process.nextTick(() => { console.log('tick 2'); Promise.resolve().then(() => console.log('micro from tick')); });
(async () => { console.log('async body'); await null; console.log('after await'); })(); console.log('sync');
