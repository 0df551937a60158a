// Hidden state of objects, and how they are put together.

// State of objects that programs can make, subclass and pass around, but not look into.
export class Slots extends (function identity(object) { return object; }) {
  #state;
  constructor(object, state) {
    super(object);
    this.#state = state;
  }
  static of(object) {
    return Object(object) === object && #state in object ? object.#state : undefined;
  }
}

// As V8 names what it did not expect.
function shown(value) {
  if (Object(value) !== value) {
    return String(value);
  }
  return value.toString === Object.prototype.toString ? `#<${value.constructor?.name || 'Object'}>` : Object.prototype.toString.call(value);
}

export function incompatible(method, receiver) {
  return new TypeError(`Method ${method} called on incompatible receiver ${shown(receiver)}`);
}

export function define(object, key, value, length) {
  if (length !== undefined) {
    Object.defineProperty(value, 'length', { value: length, configurable: true });
  }
  Object.defineProperty(object, key, { value, writable: true, configurable: true });
}
