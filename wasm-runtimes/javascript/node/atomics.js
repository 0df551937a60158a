// Atomics for one thread: every operation is atomic, and nobody ever waits.
const integers = ['Int8Array', 'Uint8Array', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'BigInt64Array', 'BigUint64Array'];
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;

function place(array, index) {
  const tag = tagOf.call(array);
  if (!integers.includes(tag)) {
    throw new TypeError(`${Object.prototype.toString.call(array)} is not an integer typed array.`);
  }
  const at = Math.trunc(Number(index)) || 0;
  if (at < 0 || at >= array.length) {
    throw new RangeError('Invalid atomic access index');
  }
  return at;
}

function exchanging(name, compute) {
  return { [name](array, index, value) {
    const at = place(array, index);
    const given = typeof array[at] === 'bigint' ? BigInt(value) : Math.trunc(Number(value)) || 0;
    const before = array[at];
    array[at] = compute(before, given);
    return before;
  } }[name];
}

const atomics = {
  load: (array, index) => array[place(array, index)],
  store(array, index, value) {
    const at = place(array, index);
    const given = typeof array[at] === 'bigint' ? BigInt(value) : Math.trunc(Number(value)) || 0;
    array[at] = given;
    return given;
  },
  add: exchanging('add', (a, b) => a + b),
  sub: exchanging('sub', (a, b) => a - b),
  and: exchanging('and', (a, b) => a & b),
  or: exchanging('or', (a, b) => a | b),
  xor: exchanging('xor', (a, b) => a ^ b),
  exchange: exchanging('exchange', (a, b) => b),
  compareExchange(array, index, expected, replacement) {
    const at = place(array, index);
    const before = array[at];
    const probe = array.slice(at, at + 1);
    probe[0] = expected;
    if (before === probe[0]) {
      array[at] = replacement;
    }
    return before;
  },
  isLockFree: (size) => size === 1 || size === 2 || size === 4 || size === 8,
  wait() { throw new TypeError('Atomics.wait cannot be called in this context'); },
  notify(array, index) {
    place(array, index);
    return 0;
  },
};
const Atomics = {};
for (const name of Object.keys(atomics)) {
  Object.defineProperty(Atomics, name, { value: atomics[name], writable: true, configurable: true, enumerable: false });
}
Object.defineProperty(Atomics, Symbol.toStringTag, { value: 'Atomics', configurable: true });
Object.defineProperty(globalThis, 'Atomics', { value: Atomics, writable: true, configurable: true, enumerable: false });
