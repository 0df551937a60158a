// The prelude's entry: node's globals, and the function that the guest calls with a program.
import native from './native.js';
import { atob, btoa, Buffer } from './buffer.js';
import { createGlobalConsole } from './console.js';
import { Crypto, CryptoKey, SubtleCrypto, webcrypto } from './crypto.js';
import { AbortController, AbortSignal, CustomEvent, Event, EventTarget } from './events_web.js';
import { Intl } from './intl/index.js';
import { begin, clearImmediate, clearInterval, clearTimeout, drain, hooks, pendingWork, queueMicrotask, runLoop, setImmediate, setInterval, setTimeout } from './loop.js';
import { builtins, find, Module, requireFor } from './modules.js';
import { cache, links, loadImport, moduleSyntax, parameters, resolveImport } from './packages.js';
import { prepare, probe } from './probe.js';
import { emitIfHeard, leave, process } from './process.js';
import { fetch } from './refused.js';
import { onRejection, sources, syntaxPlaces, uncaught } from './uncaught.js';
import { codes } from './errors.js';
import { dirname } from './resolve.js';
import url, { URL, URLSearchParams } from './url.js';
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

native.setHooks(
  onRejection,
  (base, name) => {
    const found = find(name);
    if (found !== undefined) {
      return `node:${found}`;
    }
    if (name.startsWith('node:') && !name.startsWith('node:facade:')) {
      throw codes.ERR_UNKNOWN_BUILTIN_MODULE(name);
    }
    return resolveImport(name, base && shown(base));
  },
  (name) => {
    const found = name.startsWith('node:') ? find(name) : undefined;
    return found === undefined ? loadImport(name) : [builtins[found]];
  },
  (meta, file) => {
    Object.setPrototypeOf(meta, null);
    for (const key of Object.keys(meta)) {
      delete meta[key];
    }
    const path = shown(file);
    meta.dirname = dirname(path);
    meta.filename = path;
    meta.resolve = (name) => {
      const target = find(name) ? `node:${find(name)}` : /^[a-z]+:/.test(name) ? name : resolveImport(name, path);
      return target.startsWith('/') ? url.pathToFileURL(target).href : target;
    };
    meta.url = `file://${path}`;
  });

function noteSyntaxError(error) {
  const at = native.syntaxErrorPlace();
  if (error instanceof SyntaxError && at !== undefined) {
    syntaxPlaces.set(error, [...at, error.message === 'Unexpected end of input']);
  }
  return error;
}

links.noteSyntaxError = noteSyntaxError;

function runScript(code, file) {
  const module = new Module('.');
  module.filename = shown(file);
  cache[module.filename] = module;
  links.main = module;
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

native.prepare = prepare;
native.probe = probe;

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
