const original = console.log; const lines = [];
console.log = (...args) => lines.push(args.join(' ')); console.log('captured', 1); console.log = original; console.log(lines);
const write = process.stdout.write; process.stdout.write = (s) => { lines.push(s); return true; }; console.log('through write'); process.stdout.write = write; console.log(lines);
const { log } = console; log('detached'); [1, 2].forEach(console.log);
