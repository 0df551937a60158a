const { a = 1, b: { c: [, second = 'd'] = [] } = {}, ...rest } = { b: { c: [1] }, x: 1, y: 2 };
console.log(a, second, rest);
let p = 1, q = 2; [p, q] = [q, p];
const f = ({ n = 5, m } = {}, [h, ...t] = 'xyz') => ({ n, m, h, t });
console.log(p, q, f(), f({ m: 1 }, [1]));
try { const { z } = null; } catch (e) { console.log(e.message); }
try { const { z: { w } } = {}; } catch (e) { console.log(e.message); }
try { const [i] = {}; } catch (e) { console.log(e.message); }
try { const [i] = undefined; } catch (e) { console.log(e.message); }
try { (({ x }) => x)(); } catch (e) { console.log(e.message); }
