// What an IP address is, as node's net.isIP() has it, and ports.
import { codes, declare } from '../errors.js';
import { URL } from '../url.js';

declare('ERR_SOCKET_BAD_PORT', RangeError, (name, port, allowZero = true) =>
  `${name} should be ${allowZero ? '>=' : '>'} 0 and < 65536. Received ${codes.ERR_INVALID_ARG_TYPE('x', 'number', port).message.replace(/^.*? Received /s, '')}.`);

export function isIPv4(text) {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(`${text}`);
}

export function isIPv6(text) {
  const [address, zone] = `${text}`.split(/%(.*)/s);
  if (!address.includes(':') || (zone !== undefined && !/^[0-9a-zA-Z-.:]+$/.test(zone)) || /[^0-9a-fA-F:.]/.test(address)) {
    return false;
  }
  return URL.canParse(`http://[${address}]/`);
}

export const isIP = (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0);

// A port as a number.
export function validatePort(port, name = 'Port', allowZero = true) {
  if ((typeof port !== 'number' && typeof port !== 'string') || (typeof port === 'string' && port.trim().length === 0) ||
    +port !== (+port >>> 0) || port > 0xffff || (port === 0 && !allowZero)) {
    throw codes.ERR_SOCKET_BAD_PORT(name, port, allowZero);
  }
  return port | 0;
}
