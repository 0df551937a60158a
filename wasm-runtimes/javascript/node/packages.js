// Loads installed packages, which the host shows below /node_modules: CommonJS by compiling each
// file as the body of a function, ES modules through the engine's module loader. Nothing else reads
// files. What was evaluated or compiled when the snapshot was taken is found as it is.
import native from './native.js';
import { codes, declare } from './errors.js';
import { dirname, IMPORT, packageName, problems, REQUIRE, resolve, ROOT, scopeOf } from './resolve.js';

declare('ERR_REQUIRE_ASYNC_MODULE', Error, (file, from) => 'require() cannot be used on an ESM graph with top-level await. ' +
  'Use import() instead. To see where the top-level await comes from, use --experimental-print-required-tla.' +
  `\n  From ${from} \n  Requiring ${file} `);
declare('ERR_REQUIRE_CYCLE_MODULE', Error, (file) => `Cannot require() ES Module ${file} in a cycle.`);
declare('ERR_DLOPEN_FAILED', Error, (file) => `${file}: native add-ons cannot be loaded here`);

const FACADE = 'node:facade:';

// Modules by file name: what programs see as require.cache.
export const cache = Object.create(null);
// Functions compiled from CommonJS files, by file name.
const wrappers = new Map();
const formats = new Map();
// Why packages that the operator listed are not there.
export const refused = new Map();
// Told of every file that is about to be and was evaluated.
export const observer = { enter() {}, leave() {} };
// Given by modules.js and main.js.
export const links = { Module: null, requireFor: null, builtin: null, noteSyntaxError: (error) => error, main: undefined };

export const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
export const moduleSyntax = /(^|[\s;}])(import|export|await)\b/;

// The text of a package's file for error messages; undefined for what is none.
export const sourceOf = (file) => (file.startsWith(`${ROOT}/`) ? native.readFile(file) : undefined);

function read(file) {
  const text = native.readFile(file);
  if (text === undefined) {
    throw problems.notFound(file, file, REQUIRE);
  }
  return text;
}

problems.notFound = (name, from, mode, stack = [from]) => {
  const wanted = packageName(name);
  const why = wanted && refused.get(wanted.name);
  const note = why === undefined ? '' : `${wanted.name} is listed in dependencies/nodejs-requirements.txt, but was refused: ${why}`;
  if (!mode.esm) {
    const error = new Error(`Cannot find module '${name}'\nRequire stack:\n- ${stack.join('\n- ')}${note && `\n${note}`}`);
    error.code = 'MODULE_NOT_FOUND';
    error.requireStack = stack;
    return error;
  }
  const what = wanted === undefined || name.startsWith('/')
    ? `module '${new URL(name, `file://${from}`).pathname}'` : `package '${wanted.name}'`;
  return codes.ERR_MODULE_NOT_FOUND(what, `${from}${note && `\n${note}`}`);
};

// `json`, `commonjs`, `module`, or `addon`.
function formatOf(file) {
  let format = formats.get(file);
  if (format === undefined) {
    format = findFormat(file);
    formats.set(file, format);
  }
  return format;
}

function findFormat(file) {
  const extension = /\.[^./]*$/.exec(file)?.[0];
  if (extension === '.json' || extension === '.cjs' || extension === '.mjs' || extension === '.node') {
    return { '.json': 'json', '.cjs': 'commonjs', '.mjs': 'module', '.node': 'addon' }[extension];
  }
  const type = scopeOf(file)?.manifest.type;
  if (extension === '.js' && (type === 'module' || type === 'commonjs')) {
    return type;
  }
  // Nobody says: an ES module if it parses as nothing else.
  const source = read(file);
  try {
    wrappers.set(file, native.compileFunction(source, file, parameters));
    return 'commonjs';
  } catch (error) {
    if (error instanceof SyntaxError && moduleSyntax.test(source)) {
      return 'module';
    }
    throw links.noteSyntaxError(error);
  }
}

// Compiles a file without evaluating it.
export function compile(file) {
  if (formatOf(file) === 'module') {
    native.compileModule(read(file), file);
  } else if (formatOf(file) === 'commonjs') {
    wrapperOf(file);
  }
}

function wrapperOf(file) {
  let wrapper = wrappers.get(file);
  if (wrapper === undefined) {
    try {
      wrapper = native.compileFunction(read(file), file, parameters);
    } catch (error) {
      throw links.noteSyntaxError(error);
    }
    wrappers.set(file, wrapper);
  }
  return wrapper;
}

// The exports of a file, evaluated if it was not.
export function load(file, parent) {
  const known = cache[file];
  if (known !== undefined) {
    return known.exports;
  }
  const format = formatOf(file);
  if (format === 'addon') {
    throw codes.ERR_DLOPEN_FAILED(file);
  }
  if (format === 'module') {
    return requireModule(file, parent);
  }
  const mark = observer.enter(file);
  const module = new links.Module(file, parent);
  cache[file] = module;
  try {
    if (format === 'json') {
      try {
        module.exports = JSON.parse(read(file));
      } catch (error) {
        error.message = `${file}: ${error.message}`;
        throw error;
      }
    } else {
      Reflect.apply(wrapperOf(file), module.exports, [module.exports, links.requireFor(file, module), module, file, dirname(file)]);
    }
    module.loaded = true;
  } catch (error) {
    delete cache[file];
    throw error;
  } finally {
    observer.leave(file, mark, module.loaded);
  }
  return module.exports;
}

function evaluateNow(name, parent) {
  const loaded = native.loadModule(name);
  if (loaded === undefined) {
    throw codes.ERR_REQUIRE_CYCLE_MODULE(name);
  }
  const [promise, namespace, asynchronous] = loaded;
  const [state, result] = native.promiseDetails(promise);
  if (state === 2) {
    promise.then(undefined, () => {});
    throw result;
  }
  if (state === 0 || asynchronous) {
    throw codes.ERR_REQUIRE_ASYNC_MODULE(name, parent?.filename);
  }
  return namespace;
}

const namespaces = new Map();
// require() of an ES module: its namespace, with `__esModule` where it has a default export.
function requireModule(file, parent) {
  let exports = namespaces.get(file);
  if (exports === undefined) {
    const namespace = evaluateNow(file, parent);
    if (Object.hasOwn(namespace, 'module.exports')) {
      exports = namespace['module.exports'];
    } else {
      exports = Object.hasOwn(namespace, 'default') && !Object.hasOwn(namespace, '__esModule') ? evaluateNow(FACADE + file) : namespace;
    }
    namespaces.set(file, exports);
  }
  return exports;
}

// `require(name)` in `from`.
export function requireFrom(name, from, parent) {
  const file = resolveFrom(name, from, parent);
  return file.startsWith('node:') ? links.builtin(file) : load(file, parent);
}

const resolved = new Map();
export function resolveFrom(name, from, parent) {
  const key = `${from.startsWith(`${ROOT}/`) ? dirname(from) : ''}\0${name}`;
  let file = resolved.get(key);
  if (file === undefined) {
    file = resolve(name, from, REQUIRE);
    if (file === undefined) {
      const stack = [from];
      for (let above = parent?.parent; above; above = above.parent) {
        stack.push(above.filename);
      }
      throw problems.notFound(name, from, REQUIRE, stack);
    }
    resolved.set(key, file);
  }
  return file;
}

const importsResolved = new Map();
// For the engine's module loader: the name under which `import name` in `from` is known.
export function resolveImport(name, from) {
  if (name.startsWith(FACADE) || (from === '' && name.startsWith(`${ROOT}/`))) {
    return name;
  }
  const key = `${from.startsWith(`${ROOT}/`) ? dirname(from) : ''}\0${name}`;
  let file = importsResolved.get(key);
  if (file === undefined) {
    file = resolve(name.startsWith('file://') ? decodeURIComponent(new URL(name).pathname) : name, from, IMPORT);
    if (file === undefined) {
      throw problems.notFound(name, from, IMPORT);
    }
    importsResolved.set(key, file);
  }
  return file;
}

// For the engine's module loader: the source of an ES module, or [exports].
export function loadImport(name) {
  if (name.startsWith(FACADE)) {
    const file = JSON.stringify(name.slice(FACADE.length));
    return `export * from ${file}; export { default } from ${file}; export const __esModule = true;`;
  }
  if (formatOf(name) === 'module') {
    observer.leave(name, observer.enter(name), true);
    return read(name);
  }
  return [load(name)];
}
