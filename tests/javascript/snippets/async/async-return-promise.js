async function a() { return 1; } async function b() { return Promise.resolve(2); } async function c() { return await Promise.resolve(3); }
b().then(console.log); a().then(console.log); c().then(console.log); Promise.resolve().then(() => console.log('m1')).then(() => console.log('m2')).then(() => console.log('m3')).then(() => console.log('m4'));
