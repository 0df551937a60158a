const machine = (() => { let state = 'idle'; const moves = { idle: { start: 'running' }, running: { pause: 'paused', stop: 'idle' }, paused: { resume: 'running' } };
  return { send(e) { const next = moves[state]?.[e]; if (!next) throw new Error(`bad transition ${state} -> ${e}`); return (state = next); }, get state() { return state; } }; })();
console.log(machine.send('start'), machine.send('pause'), machine.state, machine);
try { machine.send('stop'); } catch (e) { console.log(e.message); }
