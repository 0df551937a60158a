// Reading options, in V8's words where they are wrong.

export function toOptions(options, service) {
  if (options === undefined) {
    return Object.create(null);
  }
  if (options === null) {
    throw new TypeError(`${service} called on null or undefined`);
  }
  return Object(options);
}

export function strictOptions(options) {
  if (options === undefined) {
    return Object.create(null);
  }
  if (Object(options) !== options) {
    throw new TypeError('invalid_argument');
  }
  return options;
}

export function outOfRange(value, service, property) {
  return new RangeError(`Value ${value} out of range for ${service} options property ${property}`);
}

export function stringOption(options, property, values, fallback, service) {
  let value = options[property];
  if (value === undefined) {
    return fallback;
  }
  value = `${value}`;
  if (values && !values.includes(value)) {
    throw outOfRange(value, service, property);
  }
  return value;
}

export function booleanOption(options, property) {
  const value = options[property];
  return value === undefined ? undefined : Boolean(value);
}

export function checkNumber(value, property, least, most, fallback) {
  if (value === undefined) {
    return fallback;
  }
  const number = Number(value);
  if (!(number >= least && number <= most)) {
    throw new RangeError(`${property} value is out of range.`);
  }
  return Math.floor(number);
}

const typePattern = /^[a-z0-9]{3,8}(-[a-z0-9]{3,8})*$/i;

export function typeOption(options, property, service) {
  const value = stringOption(options, property, undefined, undefined, service);
  if (value !== undefined && !typePattern.test(value)) {
    throw new RangeError(`Invalid ${property} : ${value}`);
  }
  return value?.toLowerCase();
}

export function matcherOption(options, service) {
  stringOption(options, 'localeMatcher', ['lookup', 'best fit'], 'best fit', service);
}
