// What node-inspect-extracted asks of V8, answered by the engine. tools/bundle.mjs puts these in
// the place of the package's own stand-ins.
import native from './native.js';
import { types } from './types.js';

const kPending = Symbol('kPending');
const kRejected = Symbol('kRejected');
const kFulfilled = Symbol('kFulfilled');
const states = [kPending, kFulfilled, kRejected];
const isIndex = /^(0|[1-9][0-9]*)$/;
const onlyEnumerable = 2;

export const util = {
  constants: { kPending, kRejected, ALL_PROPERTIES: 0, ONLY_ENUMERABLE: onlyEnumerable },
  getOwnNonIndexProperties(object, filter = onlyEnumerable) {
    const named = native.namedKeys(object, filter === onlyEnumerable);
    return named ?? Reflect.ownKeys(object).filter((key) => {
      if (typeof key === 'string' && isIndex.test(key) && Number(key) < 2 ** 32 - 1) {
        return false;
      }
      return filter !== onlyEnumerable || Object.prototype.propertyIsEnumerable.call(object, key);
    });
  },
  getPromiseDetails(promise) {
    const [state, result] = native.promiseDetails(promise);
    return [states[state], result];
  },
  getProxyDetails(value, showProxy = true) {
    const details = native.proxyDetails(value);
    if (details === undefined) {
      return undefined;
    }
    return showProxy ? details : details[0];
  },
  previewEntries(value, isIterator) {
    const preview = native.previewEntries(value);
    if (!isIterator) {
      return preview === undefined ? [] : preview[0];
    }
    return preview ?? [[], false];
  },
  getConstructorName(object) {
    for (let at = object; at !== null; at = Object.getPrototypeOf(at)) {
      const descriptor = Object.getOwnPropertyDescriptor(at, 'constructor');
      if (typeof descriptor?.value === 'function' && descriptor.value.name !== '') {
        return descriptor.value.name;
      }
    }
    const name = native.className(object);
    return name.endsWith('Function') ? 'Function' : name === '' ? 'Object' : name;
  },
  getExternalValue: () => 0n,
  Proxy,
};

export { types };
