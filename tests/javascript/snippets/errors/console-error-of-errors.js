try { null.foo; } catch (e) { console.log(e); console.log({ e: e.message }, `${e}`, e + '', [String(e)]); }
function outer() { inner(); } function inner() { throw new Error('inner problem'); } try { outer(); } catch (e) { console.log(e.stack); }
