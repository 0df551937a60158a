// Loading packages ahead of time. `probe` loads one package and reports what that took; from the
// reports the host decides what `prepare` evaluates when the snapshot is taken. Only what depends on
// nothing that differs between runs, and changes nothing that others see, may be part of it.
import native from './native.js';
import { globalGroups } from './console.js';
import { activity, drain, runLoop } from './loop.js';
import { builtins, Module } from './modules.js';
import { cache, compile, load, observer, refused, resolveFrom, resolveImport } from './packages.js';
import { process } from './process.js';
import { ROOT } from './resolve.js';

const PLAN = `${ROOT}/.belljar.json`;
const PROGRAM = '/tmp/main.js';
const MOST_CHANGES = 5;

const kinds = ['randomness', 'the time', 'output', 'timers'];
const TIME = kinds.indexOf('the time');
// lodash looks at the clock to tell whether a function of its own is called more than 800 times with
// no pause of 16 ms, also while it is loaded. A pause since the snapshot only starts the count anew.
const harmlessTime = /\/node_modules\/lodash(-es|\.[^/]+)?\/[^/]+\.js$/;
let forgiven = 0;

function counters() {
  const now = [...native.asked(), activity()];
  now[TIME] -= forgiven;
  return now;
}
const differences = (before, after) => kinds.filter((kind, i) => before[i] !== after[i]);

// Every object that programs can reach, with its properties, by the path to it.
function survey() {
  const seen = new Map();
  const queue = [[globalThis, ''], ...Object.keys(builtins).map((name) => [builtins[name], `require('${name}')`])];
  for (const each of [function* () {}, async () => {}, async function* () {}, [][Symbol.iterator](), ''[Symbol.iterator](),
    new Map().entries(), new Set().entries(), /./[Symbol.matchAll](''), new Int8Array(1)]) {
    queue.push([Object.getPrototypeOf(each), 'the prototype of a built-in']);
  }
  for (let at = 0; at < queue.length; at++) {
    const [object, path] = queue[at];
    if (object === null || (typeof object !== 'object' && typeof object !== 'function') || seen.has(object) || ArrayBuffer.isView(object)) {
      continue;
    }
    const properties = new Map();
    seen.set(object, { path, properties, above: Object.getPrototypeOf(object), extensible: Object.isExtensible(object) });
    queue.push([Object.getPrototypeOf(object), path && `${path}.__proto__`]);
    for (const key of Reflect.ownKeys(object)) {
      const property = Object.getOwnPropertyDescriptor(object, key);
      properties.set(key, property);
      for (const value of [property.value, property.get, property.set]) {
        queue.push([value, path === '' ? String(key) : `${path}.${String(key)}`]);
      }
    }
  }
  return seen;
}

function isSame(a, b) {
  return b !== undefined && Object.is(a.value, b.value) && a.get === b.get && a.set === b.set && a.writable === b.writable &&
    a.enumerable === b.enumerable && a.configurable === b.configurable;
}

// The paths of what is not any more as it was.
function changes(seen) {
  const found = [];
  for (const [object, { path, properties, above, extensible }] of seen) {
    const name = (key) => (path === '' ? `globalThis.${String(key)}` : `${path}.${String(key)}`);
    if (Object.getPrototypeOf(object) !== above || Object.isExtensible(object) !== extensible) {
      found.push(path || 'globalThis');
    }
    const now = Reflect.ownKeys(object);
    for (const key of now) {
      const property = properties.get(key);
      if (property === undefined || !isSame(property, Object.getOwnPropertyDescriptor(object, key))) {
        found.push(name(key));
      }
    }
    if (now.length < properties.size || [...properties.keys()].some((key) => !Object.hasOwn(object, key))) {
      found.push(...[...properties.keys()].filter((key) => !Object.hasOwn(object, key)).map(name));
    }
    if (found.length > MOST_CHANGES) {
      break;
    }
  }
  return found.slice(0, MOST_CHANGES);
}

// What programs share and no property shows: the name of it, and how to read it.
const unseen = [
  ["the console's indentation", () => globalGroups.indentation],
  ['process.exitCode', () => process.exitCode],
];
const readUnseen = () => unseen.map(([, read]) => read());
const changesUnseen = (before) => unseen.filter(([, read], i) => read() !== before[i]).map(([name]) => name);

// Entries of require.cache that do not come from loading a file.
function foreignModules(files) {
  const evaluated = new Set(files.map(({ file }) => file));
  return Object.keys(cache).filter((file) => !evaluated.has(file) || !(cache[file] instanceof Module))
    .map((file) => `require.cache['${file}']`);
}

function say(error) {
  try {
    return `${error?.name ?? 'Error'}: ${error?.message ?? error}`.split('\n', 1)[0].slice(0, 300);
  } catch {
    return 'it throws what cannot be shown';
  }
}

// Loads by `start`, in full.
function attempt(start) {
  const files = [];
  const before = counters();
  observer.enter = counters;
  observer.leave = (file, mark, loaded) => {
    if (harmlessTime.test(file)) {
      forgiven += counters()[TIME] - mark[TIME];
    }
    files.push({ file, esm: !(file in cache), loaded, asked: differences(mark, counters()) });
  };
  let error;
  try {
    start();
    drain();
  } catch (thrown) {
    error = say(thrown);
  }
  observer.enter = observer.leave = () => {};
  const asked = differences(before, counters());
  // The evaluation of an ES module is not observed file by file.
  const allHarmless = files.every(({ file }) => harmlessTime.test(file));
  return { error, asked: allHarmless ? asked.filter((kind) => kind !== kinds[TIME]) : asked, files };
}

function importNow(file) {
  const [promise] = native.loadModule(file);
  drain();
  if (native.promiseDetails(promise)[0] === 0) {
    runLoop();
  }
  const [state, result] = native.promiseDetails(promise);
  if (state !== 1) {
    throw state === 2 ? result : new Error('its top-level await never ends');
  }
}

// What came of loading a package for `require` or for `import`, as JSON.
export function probe(name, way) {
  const before = survey();
  const unseenBefore = readUnseen();
  let main;
  const report = attempt(() => {
    if (way === 'import') {
      main = resolveImport(name, PROGRAM);
      importNow(main);
    } else {
      main = resolveFrom(name, PROGRAM);
      load(main, new Module(PROGRAM));
    }
  });
  const changed = [...changes(before), ...changesUnseen(unseenBefore), ...foreignModules(report.files)];
  return `\n${JSON.stringify({ ...report, main, changed: changed.slice(0, MOST_CHANGES) })}`;
}

// Does for the snapshot what the host's plan says. A file may be evaluated only if the plan names
// it: should one load another that is not, everything that was loaded for it is forgotten again.
export function prepare() {
  const text = native.readFile(PLAN);
  if (text === undefined) {
    return;
  }
  const plan = JSON.parse(text);
  for (const [name, why] of Object.entries(plan.refused)) {
    refused.set(name, why);
  }
  const allowed = new Set(plan.evaluate);
  const program = new Module(PROGRAM);
  let [strayed, fresh] = [false, []];
  observer.enter = (file) => {
    if (!allowed.has(file)) {
      strayed = true;
      throw new Error(`${file} is not to be loaded now`);
    }
  };
  observer.leave = (file) => { fresh.push(file); };
  for (const file of plan.evaluate) {
    [strayed, fresh] = [false, []];
    try {
      load(file, program);
    } catch (error) {
      if (!strayed) {
        throw error;
      }
    }
    if (strayed) {
      fresh.forEach((each) => { delete cache[each]; });
    }
  }
  observer.enter = observer.leave = () => {};
  plan.compile.forEach(compile);
  plan.import.forEach(importNow);
  for (const name of plan.resolve) {
    for (const way of [resolveFrom, resolveImport]) {
      try {
        const file = way(name, PROGRAM);
        if (plan.import.includes(file)) {
          load(file, program);
        }
      } catch {
        // It can be loaded in the other way only.
      }
    }
  }
  drain();
}
