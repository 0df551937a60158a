// Runs tests in this Node, one JSON object per line in and one out: each in a fresh realm of its own
// (`vm`), which is much faster than a process. What does not pass there is run again by
// tests/test262/run in a process, because such realms have peculiarities of their own.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import vm from 'node:vm';

const TIMEOUT = 10_000;
const guest = readFileSync(new URL('guest.js', import.meta.url), 'utf8');

process.on('unhandledRejection', () => {});
process.on('uncaughtException', () => {});

function runTest(job) {
  return new Promise((resolve) => {
    const printed = [];
    const stdout = { write(text) { printed.push(text); if (job.async) { setImmediate(finish); } } };
    const timer = setTimeout(finish, TIMEOUT);
    function finish() {
      clearTimeout(timer);
      resolve(printed.join(''));
    }
    const context = vm.createContext({ setTimeout, clearTimeout });
    const run = (source, filename) => vm.runInContext(source, context, { filename, timeout: TIMEOUT });
    try {
      run(guest, 'guest.js')(run('globalThis', 'global.js'), run, { stdout, on() {}, structuredClone }, job);
    } catch (error) {
      printed.push(`\x1efail ${error}\n`);
    }
    if (!job.async || printed.length > 0) {
      setImmediate(finish);
    }
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await runTest(JSON.parse(line)))}\n`);
}
