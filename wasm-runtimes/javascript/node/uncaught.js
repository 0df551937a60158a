// Errors that nobody catches: on standard error in node's shape, then exit code 1.
import native from './native.js';
import { hooks, rejections } from './loop.js';
import { inspect } from './inspect.js';
import { sourceOf } from './packages.js';
import { leave, process, version } from './process.js';
import { types } from './types.js';

// The program's text by the name its frames have.
export const sources = new Map();

const frame = /^ {4}at (?:.*? \()?(?!node:)([^\s()]+):(\d+):(\d+)\)?$/m;

// `file:line`, the line and a caret below `column` (counted in bytes from 1).
function excerpt(file, line, column, end) {
  const text = (sources.get(file) ?? sourceOf(file))?.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1];
  if (text === undefined || text.length > 1200) {
    return '';
  }
  const bytes = native.encode(text, 0);
  const before = native.decode(bytes, 0, 0, column - 1, false);
  const pad = before.replace(/[^\t]/g, ' ');
  return `${file}:${line}\n${text}\n${pad}${end ? '' : '^'}\n`;
}

const isKnown = (file) => sources.has(file) || sourceOf(file) !== undefined;

function place(error, fromPromise) {
  if (error instanceof SyntaxError && syntaxPlaces.has(error)) {
    const [file, line, column, atEnd] = syntaxPlaces.get(error);
    return excerpt(file, line, column, atEnd);
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
  if (types.isNativeError(error) || error instanceof Error) {
    let text = '';
    try {
      text = inspect(error);
    } catch {
      text = String(error?.stack ?? error);
    }
    return text;
  }
  return `${typeof error === 'string' ? error : inspect(error)}`;
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

// Writes what node writes before it exits.
function report(error, fromPromise) {
  const isError = types.isNativeError(error) || error instanceof Error;
  const where = place(error, fromPromise);
  let text;
  if (error instanceof UnhandledPromiseRejection) {
    text = `node:internal/process/promises:389\n      new UnhandledPromiseRejection(reason);\n      ^\n\n${describe(error)}\n`;
  } else if (isError) {
    text = `${where === '' ? 'Uncaught:\n' : `${where}\n`}${describe(error)}\n`;
  } else {
    text = `\n${where === '' ? 'Uncaught:\n' : where}${describe(error)}\n` +
      '(Use `node --trace-uncaught ...` to show where the exception was thrown)\n';
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
    process.emit('rejectionHandled', promise);
  }
}
