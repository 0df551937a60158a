// util.isDeepStrictEqual.
import native from './native.js';
import { types } from './types.js';

export function isDeepStrictEqual(a, b) {
  return equal(a, b, new Map());
}

const enumerableSymbols = (value) => Object.getOwnPropertySymbols(value)
  .filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));

function equal(a, b, seen) {
  if (Object.is(a, b)) {
    return true;
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') {
    return false;
  }
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) {
    return false;
  }
  const name = native.className(a);
  if (name !== native.className(b) || Array.isArray(a) !== Array.isArray(b)) {
    return false;
  }
  if (Array.isArray(a) && a.length !== b.length) {
    return false;
  }
  switch (name) {
    case 'Date':
      if (!Object.is(a.getTime(), b.getTime())) {
        return false;
      }
      break;
    case 'RegExp':
      if (a.source !== b.source || a.flags !== b.flags || a.lastIndex !== b.lastIndex) {
        return false;
      }
      break;
    case 'Error':
      if (a.message !== b.message || a.name !== b.name) {
        return false;
      }
      break;
    case 'Number': case 'String': case 'Boolean': case 'BigInt': case 'Symbol':
      if (!Object.is(a.valueOf(), b.valueOf())) {
        return false;
      }
      break;
    case 'ArrayBuffer':
      return equal(new Uint8Array(a), new Uint8Array(b), seen);
    default:
  }
  if (types.isTypedArray(a) && (a.length !== b.length || a.some((value, i) => !Object.is(value, b[i])))) {
    return false;
  }
  if (seen.get(a) === b) {
    return true;
  }
  seen.set(a, b);
  const keys = [...Object.keys(a), ...enumerableSymbols(a)];
  if (keys.length !== Object.keys(b).length + enumerableSymbols(b).length) {
    return false;
  }
  if (!keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key], seen))) {
    return false;
  }
  if (name === 'Map') {
    return a.size === b.size && [...a].every(([key, value]) => (b.has(key) ? equal(value, b.get(key), seen)
      : typeof key === 'object' && [...b].some(([other, each]) => equal(key, other, seen) && equal(value, each, seen))));
  }
  if (name === 'Set') {
    return a.size === b.size && [...a].every((value) => b.has(value) ||
      (typeof value === 'object' && [...b].some((other) => equal(value, other, seen))));
  }
  return true;
}
