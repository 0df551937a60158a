// Runs one test of test262 and prints a line that says how it went. `run(source, file)` evaluates a
// script in the realm whose global object is `global`; `job` is what tests/test262/run made of the
// test. The functions it needs afterwards are taken before a test can replace them.
(function test262(global, run, process, job) {
  'use strict';

  const { apply, defineProperty } = Reflect;
  const { write } = process.stdout;
  const say = (verdict) => apply(write, process.stdout, [`\x1e${verdict}\n`]);
  const hide = (name, value) => defineProperty(global, name, { value, writable: true, configurable: true, enumerable: false });

  function describe(error) {
    try {
      return error !== null && typeof error === 'object' ? `${error.constructor.name}: ${error.message}` : `thrown: ${error}`;
    } catch {
      return 'thrown: what cannot be described';
    }
  }

  const nameOf = (error) => {
    try {
      return error.constructor.name;
    } catch {
      return undefined;
    }
  };

  function detachArrayBuffer(buffer) {
    if (typeof buffer.transfer === 'function') {
      buffer.transfer();
    } else {
      process.structuredClone(buffer, { transfer: [buffer] });
    }
    return null;
  }

  let calls = 0;
  hide('$DONE', (error) => {
    calls += 1;
    say(calls > 1 ? 'fail $DONE() was called again' : error ? `fail ${describe(error)}` : 'pass');
  });
  hide('print', (text) => say(`print ${text}`));
  hide('$262', { global, detachArrayBuffer, evalScript: (source) => run(source, 'evalScript.js') });

  // Some tests leave rejected promises behind.
  process.on('unhandledRejection', () => {});

  for (const [name, source] of job.preamble) {
    run(source, name);
  }
  if (job.module) {
    // The test's own text follows in the module's; what it throws ends the program.
    hide('$END', () => say('pass'));
    return;
  }
  try {
    run(job.source, 'test.js');
  } catch (error) {
    if (job.negative === undefined) {
      say(`fail ${describe(error)}`);
    } else {
      say(nameOf(error) === job.negative ? 'pass' : `fail ${job.negative} was expected, not ${describe(error)}`);
    }
    return;
  }
  if (job.negative !== undefined) {
    say(`fail ${job.negative} was expected`);
  } else if (!job.async) {
    say('pass');
  }
});
