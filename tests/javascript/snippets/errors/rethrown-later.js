let saved;
try { throw new Error('saved earlier'); } catch (e) { saved = e; }
setTimeout(() => { throw saved; }, 1);
