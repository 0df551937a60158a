// The prelude's entry: node's globals, and the function that the guest calls with a program.
import native from './native.js';
import './dom_exception.js';
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
import { onRejection, syntaxPlaces, uncaught } from './uncaught.js';
import { sources } from './sources.js';
import { explain } from './explain.js';
import { parse } from './explain_source.js';
import { commonJs, describeSyntax, module as esModule } from './explain_syntax.js';
import { BroadcastChannel, MessageChannel, MessageEvent, MessagePort } from './messages.js';
import { codes } from './errors.js';
import { dirname } from './resolve.js';
import url, { URL, URLSearchParams } from './url.js';
import { module as webStreams } from './web_streams.js';
import { Blob, File, Headers, performance, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, structuredClone, TextDecoder, TextEncoder } from './web.js';
import { fetch, FormData, Request, Response } from './network.js';

const console = createGlobalConsole(process);
builtins.console = console;

function define(values, enumerable) {
  for (const name of Object.keys(values)) {
    Object.defineProperty(globalThis, name, { value: values[name], writable: true, configurable: true, enumerable });
  }
}

// The order is that of Object.keys(globalThis) in node.
for (const name of ['queueMicrotask', 'btoa', 'atob', 'performance']) {
  delete globalThis[name]; // the engine's own
}
define({ global: globalThis, clearImmediate, setImmediate, clearInterval, clearTimeout, setInterval, setTimeout, queueMicrotask,
  structuredClone, atob, btoa, performance, fetch }, true);
Object.defineProperty(globalThis, 'crypto', { get: () => webcrypto, configurable: true, enumerable: true });
delete globalThis.InternalError;
delete globalThis.navigator;
define({ Intl, console, process, Buffer, URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AbortSignal, Event, EventTarget,
  Blob, File, Headers, Crypto, CryptoKey, SubtleCrypto, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure }, false);
define({ CustomEvent, FormData, Request, Response, BroadcastChannel, MessageChannel, MessageEvent, MessagePort, ...webStreams }, false);
for (const [each, length] of [[setTimeout, 5], [setInterval, 5], [setImmediate, 4]]) {
  Object.defineProperty(each, 'length', { value: length, configurable: true });
}
for (const [name, value] of Object.entries({ atob, btoa, performance })) {
  Object.defineProperty(globalThis, name, {
    get() { return value; },
    set(other) { Object.defineProperty(globalThis, name, { value: other, writable: true, enumerable: true, configurable: true }); },
    enumerable: true, configurable: true,
  });
}
for (const module of Object.values(builtins)) {
  for (const key of Object.keys(module)) {
    const value = Object.getOwnPropertyDescriptor(module, key).value;
    if (typeof value === 'function' && value.name !== key && value.name.replace(/\d+$/, '') === key) {
      Object.defineProperty(value, 'name', { value: key, configurable: true });
    }
  }
}
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
  },
  explain);

// Puts a SyntaxError of the engine in V8's words, and notes where it is.
function noteSyntaxError(error, code, file, kind) {
  const at = native.syntaxErrorPlace();
  // The engine finds some of a module's early errors when it links, and does not say where they are.
  if (!(error instanceof SyntaxError) || (at === undefined && kind !== esModule)) {
    return;
  }
  const fault = describeSyntax(code, kind);
  if (fault === undefined) {
    if (at === undefined) {
      return;
    }
    syntaxPlaces.set(error, { file: at[0], line: at[1], column: at[2], width: 1 });
    return;
  }
  error.message = fault.message;
  const before = code.slice(0, fault.start).split(/\r\n|[\n\r\u2028\u2029]/);
  syntaxPlaces.set(error, { file, line: before.length, column: before.at(-1).length + 1, width: fault.end - fault.start });
}

// An import of what a module does not have: node names the module as the program does, and points
// at the name.
function noteMissingExport(error, code, file) {
  const match = /^The requested module 'node:(.*)' does not provide an export named '(.*)'$/.exec(error?.message);
  if (match === null || describeSyntax(code, esModule) !== undefined) {
    return false;
  }
  for (const statement of parse(code).body) {
    const specifier = statement.source && find(statement.source.value) === match[1]
      ? statement.specifiers?.find((each) => (each.imported ?? each.local)?.name === match[2]) : undefined;
    if (specifier) {
      error.message = `The requested module '${statement.source.value}' does not provide an export named '${match[2]}'`;
      const before = code.slice(0, specifier.start).split(/\r\n|[\n\r\u2028\u2029]/);
      syntaxPlaces.set(error, { file, line: before.length, column: before.at(-1).length + 1, width: match[2].length, linking: true });
    }
  }
  return true;
}

// Of a file of a package, which may be too large to be read again for better words.
links.noteSyntaxError = (error) => {
  const at = native.syntaxErrorPlace();
  if (error instanceof SyntaxError && at !== undefined) {
    syntaxPlaces.set(error, { file: at[0], line: at[1], column: at[2], width: 1 });
  }
  return error;
};

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
    if (moduleSyntax.test(code)) {
      return runModule(code, file, error);
    }
    noteSyntaxError(error, code, file, commonJs);
    throw error;
  }
  Reflect.apply(wrapper, module.exports, [module.exports, require, module, shown(file), '/tmp']);
  module.loaded = true;
  return undefined;
}

// Whether what is wrong with a source as a script is that it is a module.
function isModule(code) {
  const fault = describeSyntax(code, commonJs);
  return fault === undefined || /import statement outside|'export'|'import.meta'|^await is only/.test(fault.message);
}

// An ES module, or what is neither: then the first error counts unless it comes from the module
// syntax itself.
function runModule(code, file, scriptError) {
  let evaluation;
  try {
    evaluation = native.runModule(code, file);
  } catch (error) {
    if (error instanceof SyntaxError && scriptError !== undefined && !isModule(code)) {
      noteSyntaxError(scriptError, code, file, commonJs);
      throw scriptError;
    }
    if (!noteMissingExport(error, code, file)) {
      noteSyntaxError(error, code, file, esModule);
    }
    throw error;
  }
  const state = { done: false };
  evaluation.then(() => { state.done = true; }, (error) => {
    state.done = true;
    uncaught(error, 'uncaughtException', true);
  });
  return state;
}

// Leaves, also when an 'exit' listener throws.
function end(code) {
  try {
    return leave(code);
  } catch (error) {
    hooks.uncaught(error, 'uncaughtException');
    return leave(1);
  }
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
      return end(13);
    }
    emitIfHeard('beforeExit');
    drain();
    if (!pendingWork()) {
      return end();
    }
  }
};
