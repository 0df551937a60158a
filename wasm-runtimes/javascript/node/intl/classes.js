// What all constructors of Intl have in common.
import { matcherOption, toOptions } from './options.js';
import { define, incompatible, Slots } from './slots.js';
import { canonicalList, lookup, splitTag } from './tags.js';

function supportedLocalesOf(service, locales) {
  return { supportedLocalesOf(requested, options = undefined) {
    const list = canonicalList(requested);
    if (options !== undefined) {
      matcherOption(toOptions(options, service), service);
    }
    return list.filter((tag) => lookup(locales, splitTag(tag).base) !== undefined);
  } }.supportedLocalesOf;
}

// A constructor with all that belongs to it, as V8 lays it out. Methods get the hidden state first.
// They are made in classes because only there `this` is what it is: the prelude is not strict.
export function defineClass(name, constructor, { length = 0, methods, getters = {}, bound = {}, supported }) {
  Object.defineProperty(constructor, 'name', { value: name, configurable: true });
  Object.defineProperty(constructor, 'length', { value: length, configurable: true });
  const { prototype } = constructor;
  Object.defineProperty(constructor, 'prototype', { writable: false });
  const stateOf = (label, self) => {
    const state = Slots.of(self);
    if (state?.kind !== name) {
      throw incompatible(label, self);
    }
    return state;
  };
  const getter = (key, label, body) => {
    const { get } = Object.getOwnPropertyDescriptor(class { get [key]() { return body(stateOf(label, this)); } }.prototype, key);
    Object.defineProperty(prototype, key, { get, configurable: true });
  };
  for (const [key, [count, body]] of Object.entries(methods)) {
    const label = `Intl.${name}.prototype.${key}`;
    define(prototype, key, class { [key](...values) { return body(stateOf(label, this), ...values); } }.prototype[key], count);
  }
  for (const [key, body] of Object.entries(getters)) {
    getter(key, `Intl.${name}.prototype.${key}`, body);
  }
  // The function that such a property gives is always the same one.
  for (const [key, [label, make]] of Object.entries(bound)) {
    getter(key, label, (state) => {
      state.bound ??= Object.defineProperty(make(state), 'name', { value: '', configurable: true });
      return state.bound;
    });
  }
  if (supported !== undefined) {
    define(constructor, 'supportedLocalesOf', supportedLocalesOf(`Intl.${name}`, supported), 1);
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: `Intl.${name}`, configurable: true });
}

// The object that a constructor fills: for those that work without `new`, too.
export function instance(constructor, self, target, state, callable) {
  if (target === undefined && !callable) {
    throw new TypeError(`Constructor Intl.${state.kind} requires 'new'`);
  }
  return new Slots(target === undefined ? Object.create(constructor.prototype) : self, state);
}
