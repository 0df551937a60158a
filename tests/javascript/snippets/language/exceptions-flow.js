function f() { try { return 'try'; } finally { console.log('finally'); } }
function g() { try { throw 1; } catch { return 'catch'; } finally { return 'override'; } }
function h() { for (const x of [1, 2]) { try { continue; } finally { console.log('f', x); } } return 'done'; }
console.log(f(), g(), h());
try { try { throw new Error('inner'); } finally { throw new Error('outer'); } } catch (e) { console.log(e.message); }
