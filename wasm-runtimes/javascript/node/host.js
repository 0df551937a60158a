// Calls that the host answers; the layouts are in host-calls.md.
import native from './native.js';

const failures = {
  '-1': 'the request is malformed', '-2': 'the request is too large', '-4': 'the sandbox has no memory left',
};
const BAD_DATA = -3;
const TRUNCATED = -5;

export function u32(value) {
  return Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
}

export function concat(parts) {
  if (parts.length === 1) {
    return parts[0];
  }
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

// Bytes with their count before them.
export function counted(bytes) {
  return concat([u32(bytes.length), bytes]);
}

// The reply. With `expected`, data that is not what it should be gives the number.
export function call(operation, parts, expected = false) {
  const reply = native.hostCall(operation, concat(parts));
  if (typeof reply !== 'number' || (expected && (reply === BAD_DATA || reply === TRUNCATED))) {
    return reply;
  }
  throw new Error(failures[reply] ?? 'the data is damaged');
}
