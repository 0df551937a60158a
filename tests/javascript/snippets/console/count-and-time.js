console.count(); console.count('x'); console.count(); console.count(undefined); console.countReset(); console.count(); console.count({}); console.count(null);
console.time('t'); console.time('t'); console.countReset('never counted'); console.timeLog('no such label'); console.log('after the warnings');
process.exitCode = 0;
