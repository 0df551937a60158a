// string_decoder: the npm package's, ready for the next text after end(), with node's error.
import { StringDecoder as Package } from 'string_decoder/';
import { normalizeEncoding } from './buffer.js';
import { codes } from './errors.js';

export function StringDecoder(encoding) {
  if (encoding !== undefined && encoding !== null && normalizeEncoding(encoding) === undefined) {
    throw codes.ERR_UNKNOWN_ENCODING(encoding);
  }
  Package.call(this, encoding ?? undefined);
}
Object.setPrototypeOf(StringDecoder.prototype, Package.prototype);
StringDecoder.prototype.end = function end(bytes) {
  const text = Package.prototype.end.call(this, bytes);
  this.lastNeed = 0;
  this.lastTotal = 0;
  return text;
};
