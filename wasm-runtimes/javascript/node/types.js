// util.types.
import native from './native.js';

const { className } = native;
const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const tagOf = (value) => Reflect.apply(typedArrayTag, value, []);
const is = (name) => (value) => className(value) === name;

export const types = {
  isExternal: () => false,
  isDate: is('Date'),
  isArgumentsObject: is('Arguments'),
  isBigIntObject: is('BigInt'),
  isBooleanObject: is('Boolean'),
  isNumberObject: is('Number'),
  isStringObject: is('String'),
  isSymbolObject: is('Symbol'),
  isBoxedPrimitive(value) {
    const name = className(value);
    return name === 'Number' || name === 'String' || name === 'Boolean' || name === 'BigInt' || name === 'Symbol';
  },
  isNativeError: is('Error'),
  isRegExp: is('RegExp'),
  isAsyncFunction(value) {
    const name = className(value);
    return name === 'AsyncFunction' || name === 'AsyncGeneratorFunction';
  },
  isGeneratorFunction(value) {
    const name = className(value);
    return name === 'GeneratorFunction' || name === 'AsyncGeneratorFunction';
  },
  isGeneratorObject(value) {
    const name = className(value);
    return name === 'Generator' || name === 'AsyncGenerator';
  },
  isPromise: is('Promise'),
  isMap: is('Map'),
  isSet: is('Set'),
  isMapIterator: is('Map Iterator'),
  isSetIterator: is('Set Iterator'),
  isWeakMap: is('WeakMap'),
  isWeakSet: is('WeakSet'),
  isArrayBuffer: is('ArrayBuffer'),
  isDataView: is('DataView'),
  isSharedArrayBuffer: is('SharedArrayBuffer'),
  isProxy: (value) => native.proxyDetails(value) !== undefined,
  isModuleNamespaceObject: is('Module'),
  isAnyArrayBuffer(value) {
    const name = className(value);
    return name === 'ArrayBuffer' || name === 'SharedArrayBuffer';
  },
  isCryptoKey: () => false,
  isKeyObject: () => false,
  isArrayBufferView: (value) => ArrayBuffer.isView(value),
  isTypedArray: (value) => tagOf(value) !== undefined,
};
for (const name of ['Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array', 'Int8Array', 'Int16Array',
  'Int32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array']) {
  types[`is${name}`] = (value) => tagOf(value) === name;
}
