// Calls that the host answers; the layouts are in host-calls.md.
import native from './native.js';

const failures = { '-1': 'the request is malformed', '-2': 'the request is too large' };
export const TOO_LARGE = -2;
export const BAD_DATA = -3;
const NO_MEMORY = -4;
export const TRUNCATED = -5;
export const NEEDS_DICTIONARY = -6;
const expectable = [TOO_LARGE, BAD_DATA, TRUNCATED, NEEDS_DICTIONARY];

export function u32(value) {
  return Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
}

export function concat(parts) {
  if (parts.length === 1) {
    return parts[0];
  }
  let size = 0;
  for (const part of parts) {
    size += part.length;
  }
  const result = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

// Bytes with their count before them, as two parts of a request.
export function counted(bytes) {
  return [u32(bytes.length), bytes];
}

// The reply. With `expected`, a refusal that has to do with the data gives its number.
export function call(operation, parts, expected = false) {
  const reply = native.hostCall(operation, concat(parts));
  if (typeof reply !== 'number' || (expected && expectable.includes(reply))) {
    return reply;
  }
  if (reply === NO_MEMORY) {
    throw new RangeError('Array buffer allocation failed');
  }
  throw Object.assign(new Error(failures[reply] ?? 'the data is damaged'), { code: 'ERR_OPERATION_FAILED' });
}
