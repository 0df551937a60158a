// Random numbers. All come from the host's generator, in each run anew.
import native from '../native.js';
import { Buffer, bytesOf } from '../buffer.js';
import { codes, validate } from '../errors.js';
import { nextTick } from '../loop.js';
import { types } from '../types.js';
import { later } from './shared.js';

const MOST = 2 ** 31 - 1;

export function randomBytes(size, callback) {
  validate.number(size, 'size');
  if (!(size >= 0 && size <= MOST)) {
    throw codes.ERR_OUT_OF_RANGE('size', `>= 0 && <= ${MOST}`, size);
  }
  if (callback !== undefined) {
    validate.function(callback, 'callback');
  }
  const fill = () => {
    const buffer = Buffer.alloc(Math.floor(size));
    native.random(buffer);
    return buffer;
  };
  return callback === undefined ? fill() : later(callback, fill);
}

export function randomFillSync(buffer, offset = 0, size = undefined) {
  const bytes = typeof buffer === 'string' ? undefined : bytesOf(buffer);
  if (bytes === undefined) {
    throw codes.ERR_INVALID_ARG_TYPE('buf', ['ArrayBuffer', 'ArrayBufferView'], buffer);
  }
  const width = types.isTypedArray(buffer) ? buffer.BYTES_PER_ELEMENT : 1;
  validate.number(offset, 'offset');
  const start = offset * width;
  const most = Math.min(bytes.length, MOST);
  if (!(start >= 0 && start <= most)) {
    throw codes.ERR_OUT_OF_RANGE('offset', `>= 0 && <= ${most}`, start);
  }
  if (size !== undefined) {
    validate.number(size, 'size');
  }
  const count = size === undefined ? bytes.length - start : size * width;
  if (!(count >= 0 && count <= MOST)) {
    throw codes.ERR_OUT_OF_RANGE('size', `>= 0 && <= ${MOST}`, count);
  }
  if (start + count > bytes.length) {
    throw codes.ERR_OUT_OF_RANGE('size + offset', `<= ${bytes.length}`, start + count);
  }
  native.random(bytes.subarray(start, start + count));
  return buffer;
}

export function randomFill(buffer, offset, size, callback) {
  if (typeof offset === 'function') {
    [offset, size, callback] = [0, undefined, offset];
  } else if (typeof size === 'function') {
    [size, callback] = [undefined, size];
  }
  validate.function(callback, 'callback');
  later(callback, () => randomFillSync(buffer, offset, size));
}

// 48 bits. Always fresh from the host: what is left over could end up in the snapshot.
function random48() {
  const bytes = new Uint8Array(6);
  native.random(bytes);
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

export function randomInt(min, max, callback) {
  const onlyMax = max === undefined || typeof max === 'function';
  if (onlyMax) {
    [min, max, callback] = [0, min, max];
  }
  if (callback !== undefined) {
    validate.function(callback, 'callback');
  }
  if (!Number.isSafeInteger(min)) {
    throw codes.ERR_INVALID_ARG_TYPE('min', 'a safe integer', min);
  }
  if (!Number.isSafeInteger(max)) {
    throw codes.ERR_INVALID_ARG_TYPE('max', 'a safe integer', max);
  }
  if (max <= min) {
    throw codes.ERR_OUT_OF_RANGE('max', `greater than the value of "min" (${min})`, max);
  }
  const range = max - min;
  if (range > 2 ** 48 - 1) {
    throw codes.ERR_OUT_OF_RANGE(onlyMax ? 'max' : 'max - min', `<= ${2 ** 48 - 1}`, range);
  }
  const limit = 2 ** 48 - (2 ** 48 % range);
  for (;;) {
    const value = random48();
    if (value < limit) {
      const number = min + value % range;
      if (callback === undefined) {
        return number;
      }
      nextTick(callback, undefined, number);
      return undefined;
    }
  }
}

export function randomUUID(options) {
  if (options !== undefined) {
    validate.object(options, 'options');
    if (options.disableEntropyCache !== undefined && typeof options.disableEntropyCache !== 'boolean') {
      throw codes.ERR_INVALID_ARG_TYPE('options.disableEntropyCache', 'boolean', options.disableEntropyCache);
    }
  }
  const bytes = randomBytes(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = bytes.toString('hex');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}
