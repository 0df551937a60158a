console.log(typeof hoisted, typeof later, hoisted());
function hoisted() { return 'h'; }
var later = 1;
if (true) { function inBlock() { return 'block'; } }
console.log(inBlock(), typeof later);
try { tdz; let tdz = 1; } catch (e) { console.log(e.name, e.message); }
try { new C(); class C {} } catch (e) { console.log(e.name, e.message); }
