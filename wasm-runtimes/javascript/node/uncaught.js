// Errors that nobody catches: on standard error in node's shape, then exit code 1.
import native from './native.js';
import { emittedAt } from './events.js';
import { hooks, rejections } from './loop.js';
import { inspect } from './inspect.js';
import { lastJson } from './explain_json.js';

import { sourceOf } from './packages.js';
import { leave, process, version } from './process.js';
import { sources } from './sources.js';
import { types } from './types.js';

const frame = /^ {4}at (?:.*? \()?(?!node:)([^\s()]+):(\d+):(\d+)\)?$/m;

// `file:line`, the line and carets from `column` (from 1) on.
function excerpt(file, line, column, width = 1) {
  const text = (sources.get(file) ?? sourceOf(file))?.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1];
  if (text === undefined || text.length > 1200) {
    return '';
  }
  const pad = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${file}:${line}\n${text}\n${pad}${'^'.repeat(width)}\n`;
}

const isKnown = (file) => sources.has(file) || sourceOf(file) !== undefined;

function place(error, fromPromise) {
  if (error instanceof SyntaxError && syntaxPlaces.has(error)) {
    const { file, line, column, width } = syntaxPlaces.get(error);
    return excerpt(file, line, column, width);
  }
  const thrown = fromPromise ? undefined : native.throwPlace(error);
  if (thrown !== undefined && isKnown(thrown[0])) {
    return excerpt(...thrown);
  }
  if (typeof error?.stack === 'string') {
    const match = frame.exec(error.stack);
    if (match !== null && isKnown(match[1])) {
      return excerpt(match[1], Number(match[2]), Number(match[3]));
    }
  }
  return '';
}

// Where the syntax errors of a program are, which their stacks do not say.
export const syntaxPlaces = new WeakMap();

function describe(error) {
  if (typeof error === 'string') {
    return error;
  }
  const options = { customInspect: false, depth: Infinity };
  try {
    let text = inspect(error, options);
    if (emittedAt.has(error) && text.startsWith(error.stack)) {
      const { instance, frames } = emittedAt.get(error);
      text = `${error.stack}\nEmitted 'error' event${instance} at:\n${frames.map((each) => `${each}\n`).join('')}    [... lines matching original stack trace ...]${text.slice(error.stack.length)}`;
    }
    // What has no frames of the program has some of node's own there.
    if ((error instanceof SyntaxError || error instanceof UnhandledPromiseRejection || error?.code === 'ERR_MODULE_NOT_FOUND') && text.startsWith(`[${error.stack}]`)) {
      return error.stack + text.slice(error.stack.length + 2);
    }
    return text;
  } catch {
    return String(error?.stack ?? error);
  }
}

class UnhandledPromiseRejection extends Error {
  constructor(reason) {
    super('This error originated either by throwing inside of an async function without a catch block, ' +
      'or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason ' +
      `"${typeof reason === 'string' ? reason : shortly(reason)}".`);
    this.code = 'ERR_UNHANDLED_REJECTION';
  }
}
Object.defineProperty(UnhandledPromiseRejection.prototype, 'name', {
  value: 'UnhandledPromiseRejection', writable: true, configurable: true });

function shortly(value) {
  try {
    return value !== null && typeof value === 'object' ? inspect(value, { depth: 0 }).replace(/^(\w+) \{[^]*$/, '#<$1>')
      .replace(/^[{[][^]*$/, '#<Object>') : String(value);
  } catch {
    return '?';
  }
}

// For the fault of a text that is not JSON node shows the text.
function jsonPlace(error) {
  const match = / JSON at position (\d+)$/.exec(error.message);
  const text = match === null ? undefined : lastJson.get(error.message);
  if (text === undefined) {
    return undefined;
  }
  const before = text.slice(0, Number(match[1])).split('\n');
  const line = text.split('\n')[before.length - 1];
  return `<anonymous_script>:${before.length}\n${line}\n${' '.repeat(before.at(-1).length)}^\n\n`;
}

// Writes what node writes before it exits.
function report(error, fromPromise) {
  const where = place(error, fromPromise);
  const primitive = error === null || (typeof error !== 'object' && typeof error !== 'function');
  let text;
  if (error instanceof UnhandledPromiseRejection) {
    text = `node:internal/process/promises:394\n      triggerUncaughtException(err, true /* fromPromise */);\n      ^\n\n${describe(error)}\n`;
  } else if (types.isNativeError(error)) {
    const json = where === '' || !(error instanceof SyntaxError) ? undefined : jsonPlace(error);
    // Node leaves no line free below the place of an import that cannot be linked.
    const gap = syntaxPlaces.get(error)?.linking ? '' : '\n';
    text = `${json ?? (where === '' ? '' : `${where}${gap}`)}${describe(error)}\n`;
  } else {
    text = `\n${where === '' ? 'Uncaught:\n' : where}${describe(error)}\n${
      primitive ? '(Use `node --trace-uncaught ...` to show where the exception was thrown)\n' : ''}`;
  }
  native.write(2, `${text}\nNode.js ${version}\n`);
}

// An exception that reached the event loop.
export function uncaught(error, origin, fromPromise = false) {
  if (process.listenerCount('uncaughtExceptionMonitor') > 0) {
    process.emit('uncaughtExceptionMonitor', error, origin);
  }
  if (process.listenerCount('uncaughtException') > 0) {
    try {
      process.emit('uncaughtException', error, origin);
      return;
    } catch (again) {
      report(again, false);
      native.exit(7);
    }
  }
  report(error, fromPromise);
  let code = 1;
  try {
    code = leave(1);
  } catch (again) {
    report(again, false);
  }
  native.exit(code);
}
hooks.uncaught = uncaught;

rejections.report = () => {
  for (let i = 0; i < rejections.handledCount; i++) {
    process.emit('rejectionHandled', rejections.handled[i]);
  }
  rejections.handled = [];
  rejections.handledCount = 0;
  const { pending } = rejections;
  rejections.pending = new Map();
  rejections.count = 0;
  each(pending, (reason, promise) => {
    if (process.listenerCount('unhandledRejection') > 0) {
      try {
        process.emit('unhandledRejection', reason, promise);
      } catch (error) {
        uncaught(error, 'uncaughtException');
      }
      reported.set(promise, reason);
      return;
    }
    const isError = types.isNativeError(reason) || reason instanceof Error;
    uncaught(isError ? reason : new UnhandledPromiseRejection(reason), 'unhandledRejection', true);
  });
};
const reported = new WeakMap();
// As they are before a program can change them.
const [each, add, remove] = [Map.prototype.forEach, Map.prototype.set, Map.prototype.delete]
  .map((method) => Function.prototype.call.bind(method));

export function onRejection(promise, reason, handled) {
  if (!handled) {
    add(rejections.pending, promise, reason);
    rejections.count++;
  } else if (remove(rejections.pending, promise)) {
    rejections.count--;
  } else if (reported.has(promise)) {
    rejections.handled[rejections.handledCount++] = promise;
  }
}
