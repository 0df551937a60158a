// assert: the npm package's, with the program's own text in what it says of a falsy value.
import assert from 'assert';
import { inspect } from './inspect.js';
import { textOfCall } from './explain_source.js';

const { AssertionError } = assert;

function check(values, caller) {
  const [value, message] = values;
  if (value) {
    return;
  }
  if (message instanceof Error) {
    throw message;
  }
  const given = values.length > 1 && message !== undefined;
  const error = new AssertionError({ actual: value, expected: true, operator: '==', message: given ? message : 'x', stackStartFn: caller });
  if (!given) {
    const place = /\n {4}at (?:.*\()?([^()\n]+):(\d+):(\d+)\)?/.exec(error.stack);
    const text = values.length === 0 || place === null ? undefined : textOfCall(place[1], Number(place[2]), Number(place[3]));
    error.message = values.length === 0 ? 'No value argument passed to `assert.ok()`'
      : `The expression evaluated to a falsy value:${text === undefined ? '' : `\n\n  ${text}\n`}`;
    error.generatedMessage = true;
    error.stack = error.stack.replace('AssertionError [ERR_ASSERTION]: x', () => `AssertionError [ERR_ASSERTION]: ${error.message}`);
  }
  throw error;
}

function ok(...values) {
  check(values, ok);
}
const nodeAssert = Object.assign({ assert(...values) {
  check(values, nodeAssert);
} }.assert, assert, { ok });

// An error that does not match a regular expression.
const { throws } = assert;
nodeAssert.throws = function throws_(callback, expected, message) {
  if (!(expected instanceof RegExp)) {
    try {
      throws(callback, ...[expected, message].filter((each) => each !== undefined));
    } catch (error) {
      if (error instanceof AssertionError && error.operator?.startsWith('throws')) {
        error.operator = 'throws';
      }
      throw error;
    }
    return;
  }
  let error;
  throws(() => {
    try {
      callback();
    } catch (caught) {
      error = caught;
      throw caught;
    }
  });
  if (!expected.test(String(error))) {
    const failure = new AssertionError({ actual: error, expected, operator: 'throws', stackStartFn: nodeAssert.throws,
      message: message ?? `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(String(error))}\n` });
    failure.generatedMessage = message === undefined;
    throw failure;
  }
};
Object.defineProperty(nodeAssert.throws, 'name', { value: 'throws' });
// The package does not take NaN for NaN.
function looselyEqual(a, b, depth = 0) {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') {
    return a == b || (Number.isNaN(a) && Number.isNaN(b)); // eslint-disable-line eqeqeq
  }
  return depth < 1000 && Array.isArray(a) && Array.isArray(b) && a.length === b.length &&
    Array.from(a).every((each, i) => (i in a) === (i in b) && looselyEqual(each, b[i], depth + 1));
}
const { deepEqual } = assert;
nodeAssert.deepEqual = { deepEqual(actual, expected, message) {
  try {
    deepEqual(actual, expected, ...(message === undefined ? [] : [message]));
  } catch (error) {
    if (arguments.length < 2 || !looselyEqual(actual, expected)) {
      throw error;
    }
  }
} }.deepEqual;
export default nodeAssert;
