const o = { get boom() { throw new Error('getter'); }, toString() { throw new TypeError('toString'); } };
try { `${o}`; } catch (e) { console.log(e.message); }
try { o.boom; } catch (e) { console.log(e.message); }
o.boom;
