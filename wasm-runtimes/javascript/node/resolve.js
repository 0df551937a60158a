// Which file a name stands for, by the rules of node's documentation ("Modules: Packages"): folders
// node_modules from the importing file upwards, `main`, `exports`, `imports`, index files. Programs
// themselves are outside and see /node_modules.
import native from './native.js';
import { codes, declare } from './errors.js';

export const ROOT = '/node_modules';
const NONE = 0;
const FILE = 1;
const FOLDER = 2;

declare('ERR_PACKAGE_PATH_NOT_EXPORTED', Error, (folder, subpath, from) => {
  const importer = from === undefined ? '' : ` imported from ${from}`;
  return subpath === '.' ? `No "exports" main defined in ${folder}/package.json${importer}`
    : `Package subpath '${subpath}' is not defined by "exports" in ${folder}/package.json${importer}`;
});
declare('ERR_PACKAGE_IMPORT_NOT_DEFINED', TypeError, (name, folder, from) =>
  `Package import specifier "${name}" is not defined${folder === undefined ? '' : ` in package ${folder}/package.json`} imported from ${from}`);
declare('ERR_INVALID_PACKAGE_TARGET', Error, (folder, key, target) =>
  `Invalid "exports" target ${JSON.stringify(target)} defined for '${key}' in the package config ${folder}/package.json`);
declare('ERR_UNSUPPORTED_DIR_IMPORT', Error, (path, from) =>
  `Directory import '${path}' is not supported resolving ES modules imported from ${from}`);

// The conditions of node 20.
export const REQUIRE = { esm: false, conditions: new Set(['node', 'require', 'module-sync', 'node-addons', 'default']) };
export const IMPORT = { esm: true, conditions: new Set(['node', 'import', 'module-sync', 'node-addons', 'default']) };

const kinds = new Map();
function kindOf(path) {
  let kind = kinds.get(path);
  if (kind === undefined) {
    kind = native.fileKind(path);
    kinds.set(path, kind);
  }
  return kind;
}

export const dirname = (path) => path.slice(0, Math.max(path.lastIndexOf('/'), 1));

function join(folder, relative) {
  const steps = [];
  for (const step of `${folder}/${relative}`.split('/')) {
    if (step === '..') {
      steps.pop();
    } else if (step !== '' && step !== '.') {
      steps.push(step);
    }
  }
  return `/${steps.join('/')}`;
}

const manifests = new Map();
// The package.json of a folder, or undefined.
function manifestOf(folder) {
  if (manifests.has(folder)) {
    return manifests.get(folder);
  }
  const text = native.readFile(`${folder}/package.json`);
  let manifest;
  if (text !== undefined) {
    try {
      manifest = JSON.parse(text);
    } catch (error) {
      error.message = `Error parsing ${folder}/package.json: ${error.message}`;
      throw error;
    }
  }
  manifests.set(folder, manifest);
  return manifest;
}

// The folder and package.json of the package that a file belongs to.
export function scopeOf(file) {
  for (let folder = dirname(file); folder.startsWith(`${ROOT}/`); folder = dirname(folder)) {
    if (folder.endsWith('/node_modules')) {
      return undefined;
    }
    const manifest = manifestOf(folder);
    if (manifest !== undefined) {
      return { folder, manifest };
    }
  }
  return undefined;
}

function asFile(path) {
  return ['', '.js', '.json', '.node'].map((extension) => path + extension).find((each) => kindOf(each) === FILE);
}

function asFolder(path) {
  if (kindOf(path) !== FOLDER) {
    return undefined;
  }
  const main = manifestOf(path)?.main;
  if (typeof main === 'string' && main !== '') {
    const target = join(path, main);
    const found = asFile(target) ?? asFile(`${target}/index`);
    if (found !== undefined) {
      return found;
    }
  }
  return asFile(`${path}/index`);
}

// A path that a package's own files name: guessed for require, exact for import.
function asPath(path, name, mode, from) {
  const folderOnly = /(^|\/)\.{0,2}$/.test(name);
  if (!mode.esm) {
    return (folderOnly ? undefined : asFile(path)) ?? asFolder(path);
  }
  const kind = kindOf(path);
  if (kind === FOLDER) {
    throw codes.ERR_UNSUPPORTED_DIR_IMPORT(path, from);
  }
  return kind === FILE && !folderOnly ? path : undefined;
}

// PACKAGE_TARGET_RESOLVE: a path, null for what is closed, undefined for what does not apply.
function targetOf(package_, target, key, match, mode, from) {
  if (typeof target === 'string') {
    if (!target.startsWith('./')) {
      if (key.startsWith('#') && !/^(\.\.\/|\/)/.test(target)) {
        const name = match === undefined ? target : target.replaceAll('*', match);
        const file = `${package_.folder}/package.json`;
        return resolve(name, file, mode) ?? fail(problems.notFound(name, file, mode));
      }
      throw codes.ERR_INVALID_PACKAGE_TARGET(package_.folder, key, target);
    }
    if (/(^|[\\/])(\.\.?|node_modules)([\\/]|$)/i.test(target.slice(2)) ||
      (match !== undefined && /(^|[\\/])(\.\.?|node_modules)([\\/]|$)/i.test(match))) {
      throw codes.ERR_INVALID_PACKAGE_TARGET(package_.folder, key, target);
    }
    const path = join(package_.folder, match === undefined ? target : target.replaceAll('*', match));
    return kindOf(path) === FILE ? path : fail(problems.notFound(path, from, mode));
  }
  if (Array.isArray(target)) {
    let last;
    for (const each of target) {
      try {
        const found = targetOf(package_, each, key, match, mode, from);
        if (found !== undefined && found !== null) {
          return found;
        }
        last = found;
      } catch (error) {
        if (error.code !== 'ERR_INVALID_PACKAGE_TARGET') {
          throw error;
        }
      }
    }
    return last;
  }
  if (target !== null && typeof target === 'object') {
    for (const condition of Object.keys(target)) {
      if (mode.conditions.has(condition)) {
        const found = targetOf(package_, target[condition], key, match, mode, from);
        if (found !== undefined) {
          return found;
        }
      }
    }
    return undefined;
  }
  return null;
}

// PATTERN_KEY_COMPARE: the most specific first.
function before(a, b) {
  return b.indexOf('*') - a.indexOf('*') || b.length - a.length;
}

// PACKAGE_IMPORTS_EXPORTS_RESOLVE
function mapped(package_, map, key, mode, from) {
  if (Object.hasOwn(map, key) && !key.includes('*') && !key.endsWith('/')) {
    return targetOf(package_, map[key], key, undefined, mode, from);
  }
  for (const pattern of Object.keys(map).filter((each) => each.split('*').length === 2).sort(before)) {
    const [start, end] = pattern.split('*');
    if (key.startsWith(start) && key !== start && key.endsWith(end) && key.length >= pattern.length) {
      return targetOf(package_, map[pattern], pattern, key.slice(start.length, key.length - end.length), mode, from);
    }
  }
  return null;
}

function exported(package_, subpath, mode, from) {
  let map = package_.manifest.exports;
  const bySubpath = map !== null && typeof map === 'object' && !Array.isArray(map) && Object.keys(map).some((key) => key.startsWith('.'));
  if (!bySubpath) {
    map = { '.': map };
  }
  const found = mapped(package_, map, subpath, mode, from) ?? undefined;
  if (found === undefined) {
    throw codes.ERR_PACKAGE_PATH_NOT_EXPORTED(package_.folder, subpath, mode.esm ? from : undefined);
  }
  return found;
}

const bare = /^(@[^/\\%]+\/[^/\\%]+|[^./\\%@][^/\\%]*)(\/.*)?$/;

// The package's name in what a program asks for, and the rest.
export function packageName(name) {
  const match = bare.exec(name);
  return match === null ? undefined : { name: match[1], subpath: `.${match[2] ?? ''}` };
}

function inPackage(folder, subpath, mode, from) {
  const manifest = manifestOf(folder);
  if (manifest?.exports !== undefined && manifest.exports !== null) {
    return exported({ folder, manifest }, subpath, mode, from);
  }
  if (subpath === '.') {
    return asFile(folder) ?? asFolder(folder);
  }
  return asPath(join(folder, subpath), subpath, mode, from);
}

// Given by the loader, which knows who asked and why packages are missing.
export const problems = { notFound: null, isBuiltin: null };

function fail(error) {
  throw error;
}

// The file that `name` stands for in `from`, or `node:…` for one of node's own modules; undefined if
// there is none.
export function resolve(name, from, mode) {
  const inside = from.startsWith(`${ROOT}/`);
  if (/^(\.{0,2}\/|\.\.?$)/.test(name)) {
    const path = name.startsWith('/') ? join('/', name) : join(dirname(from), name);
    return path.startsWith(`${ROOT}/`) ? asPath(path, name, mode, from) : undefined;
  }
  if (name.startsWith('#')) {
    const scope = inside ? scopeOf(from) : undefined;
    const map = scope?.manifest.imports;
    if (!map && !mode.esm) {
      return undefined;
    }
    const found = map && mapped(scope, map, name, mode, from);
    return found || fail(codes.ERR_PACKAGE_IMPORT_NOT_DEFINED(name, scope?.folder, from));
  }
  if (problems.isBuiltin(name)) {
    return name.startsWith('node:') ? name : `node:${name}`;
  }
  return resolveBare(name, from, mode, inside);
}

function resolveBare(name, from, mode, inside) {
  const wanted = packageName(name);
  if (wanted === undefined) {
    return undefined;
  }
  const scope = inside ? scopeOf(from) : undefined;
  if (scope?.manifest.name === wanted.name && scope.manifest.exports !== undefined && scope.manifest.exports !== null) {
    return exported(scope, wanted.subpath, mode, from);
  }
  let folder = inside ? dirname(from) : '/';
  for (;;) {
    const candidate = folder === '/' ? `${ROOT}/${wanted.name}` : `${folder}/node_modules/${wanted.name}`;
    if (!folder.endsWith('/node_modules') && kindOf(candidate) !== NONE) {
      const found = inPackage(candidate, wanted.subpath, mode, from);
      if (found !== undefined) {
        return found;
      }
      if (mode.esm && wanted.subpath !== '.') {
        throw problems.notFound(join(candidate, wanted.subpath), from, mode);
      }
    }
    if (folder === '/') {
      return undefined;
    }
    folder = dirname(folder);
  }
}
