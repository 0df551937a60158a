// The prelude's entry: node's globals, and the function that the guest calls with a program.
import native from './native.js';
import { atob, btoa, Buffer } from './buffer.js';
import { createGlobalConsole } from './console.js';
import { Crypto, CryptoKey, SubtleCrypto, webcrypto } from './crypto.js';
import { AbortController, AbortSignal, CustomEvent, Event, EventTarget } from './events_web.js';
import { Intl } from './intl/index.js';
import { begin, clearImmediate, clearInterval, clearTimeout, drain, hooks, pendingWork, queueMicrotask, runLoop, setImmediate, setInterval, setTimeout } from './loop.js';
import { builtins, find, missingImport, Module, requireFor } from './modules.js';
import { emitIfHeard, leave, process } from './process.js';
import { fetch } from './refused.js';
import { onRejection, sources, syntaxPlaces, uncaught } from './uncaught.js';
import { URL, URLSearchParams } from './url.js';
import { Blob, File, Headers, performance, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, structuredClone, TextDecoder, TextEncoder } from './web.js';

const console = createGlobalConsole(process);
builtins.console = console;

function define(values, enumerable) {
  for (const name of Object.keys(values)) {
    Object.defineProperty(globalThis, name, { value: values[name], writable: true, configurable: true, enumerable });
  }
}

// The order is that of Object.keys(globalThis) in node.
define({ global: globalThis, clearImmediate, setImmediate, clearInterval, clearTimeout, setInterval, setTimeout, queueMicrotask,
  structuredClone, atob, btoa, performance, fetch }, true);
Object.defineProperty(globalThis, 'crypto', { get: () => webcrypto, configurable: true, enumerable: true });
delete globalThis.InternalError;
delete globalThis.navigator;
delete globalThis.DOMException.prototype.stack;
define({ Intl, console, process, Buffer, URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AbortSignal, Event, EventTarget,
  Blob, File, Headers, Crypto, CryptoKey, SubtleCrypto, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure }, false);
void CustomEvent;
// The bundler gives names of its own to what would be called as something else.
for (const [name, value] of Object.entries({ Buffer, URL, URLSearchParams, AbortController, AbortSignal, Event, EventTarget, Blob, File,
  Headers, TextEncoder, TextDecoder, Performance, Crypto, CryptoKey, SubtleCrypto, EventEmitter: builtins.events,
  structuredClone, setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, queueMicrotask, atob, btoa, fetch })) {
  if (value.name !== name) {
    Object.defineProperty(value, 'name', { value: name, configurable: true });
  }
}

const shown = (name) => (name.startsWith('/') ? name : `/tmp/${name}`);
const moduleSyntax = /(^|[\s;}])(import|export|await)\b/;

native.setHooks(
  onRejection,
  (base, name) => {
    const found = find(name);
    if (found === undefined) {
      throw missingImport(name, shown(base));
    }
    return `node:${found}`;
  },
  (name) => builtins[find(name)],
  (meta, file) => {
    Object.setPrototypeOf(meta, null);
    for (const key of Object.keys(meta)) {
      delete meta[key];
    }
    meta.dirname = '/tmp';
    meta.filename = shown(file);
    meta.resolve = (name) => (find(name) ? `node:${find(name)}` : new URL(name, `file://${shown(file)}`).href);
    meta.url = `file://${shown(file)}`;
  });

function noteSyntaxError(error) {
  const at = native.syntaxErrorPlace();
  if (error instanceof SyntaxError && at !== undefined) {
    syntaxPlaces.set(error, [...at, error.message === 'Unexpected end of input']);
  }
  return error;
}

const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];

function runScript(code, file) {
  const module = new Module('.');
  module.filename = shown(file);
  const require = requireFor(shown(file), module);
  let wrapper;
  try {
    wrapper = native.compileFunction(code, file, parameters);
  } catch (error) {
    noteSyntaxError(error);
    if (moduleSyntax.test(code)) {
      return runModule(code, file, error);
    }
    throw error;
  }
  Reflect.apply(wrapper, module.exports, [module.exports, require, module, shown(file), '/tmp']);
  module.loaded = true;
  return undefined;
}

// An ES module, or what is neither: then the first error counts unless it comes from the module
// syntax itself.
function runModule(code, file, scriptError) {
  let evaluation;
  try {
    evaluation = native.runModule(code, file);
  } catch (error) {
    noteSyntaxError(error);
    throw error instanceof SyntaxError && !/import|export|await/.test(scriptError?.message ?? 'import') ? scriptError ?? error : error;
  }
  const state = { done: false };
  evaluation.then(() => { state.done = true; }, (error) => {
    state.done = true;
    uncaught(error, 'uncaughtException', true);
  });
  return state;
}

native.main = function main(code, preload, file) {
  begin();
  sources.set(file, code);
  process.argv[1] = shown(file);
  let module;
  try {
    if (preload !== undefined) {
      sources.set('preload.js', preload);
      native.compileFunction(preload, 'preload.js', [])();
    }
    module = file.endsWith('.mjs') ? runModule(code, file) : runScript(code, file);
  } catch (error) {
    hooks.uncaught(error, 'uncaughtException');
  }
  drain();
  for (;;) {
    runLoop();
    if (module && !module.done) {
      native.write(2, `Warning: Detected unsettled top-level await at ${shown(file)}\n`);
      return leave(13);
    }
    emitIfHeard('beforeExit');
    drain();
    if (!pendingWork()) {
      return leave();
    }
  }
};
