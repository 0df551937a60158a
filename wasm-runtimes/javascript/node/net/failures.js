// The host's error numbers, which are WASI's, as errors that node's programs know.
import native from '../native.js';
import { fromInside } from '../errors.js';

const AGAIN_NUMBER = 6;
export const AGAIN = -AGAIN_NUMBER;
export const RESET = -15;
export const IN_PROGRESS = -26;
export const TIMED_OUT = -73;

// By WASI's number: the name, and Linux's number, which is what node shows.
const names = {
  2: ['EACCES', 13], 4: ['EADDRNOTAVAIL', 99], 6: ['EAGAIN', 11], 8: ['EBADF', 9], 13: ['ECONNABORTED', 103], 14: ['ECONNREFUSED', 111],
  15: ['ECONNRESET', 104], 19: ['EDQUOT', 122], 23: ['EHOSTUNREACH', 113], 28: ['EINVAL', 22], 29: ['EIO', 5], 33: ['EMFILE', 24],
  38: ['ENETDOWN', 100], 40: ['ENETUNREACH', 101], 44: ['ENOENT', 2], 48: ['ENOMEM', 12], 53: ['ENOTCONN', 107], 63: ['EPERM', 1],
  64: ['EPIPE', 32], 65: ['EPROTO', 71], 73: ['ETIMEDOUT', 110],
};
// What getaddrinfo() says, by WASI's number.
const lookups = { 6: ['EAI_AGAIN', 3001], 29: ['EAI_AGAIN', 3001], 44: ['ENOTFOUND', 3008] };

const nameOf = (number, table) => table[-number] ?? names[-number] ?? ['EIO', 5];

// What node's own words for do not say enough here: the host gives the reason.
const unexplained = ['EPERM', 'EACCES', 'EPROTO', 'EMFILE', 'EDQUOT', 'EIO', 'EINVAL', 'ENOMEM', 'EAI_AGAIN', 'ESERVFAIL'];

// The host's own word on the call that has just failed, as the end of a message.
export function reason(code) {
  const text = unexplained.includes(code) ? native.netReason() : '';
  return text === '' ? '' : ` - ${text}`;
}

// `connect ECONNREFUSED 127.0.0.1:80`, with the fields that node gives it.
export function failure(number, syscall, address, port) {
  if (number === -44 && syscall === 'connect') {
    return lookupFailure(number, address);
  }
  const [code, errno] = nameOf(number, names);
  const place = address === undefined ? '' : ` ${address}${port === undefined ? '' : `:${port}`}`;
  const error = new Error(`${syscall} ${code}${place}${reason(code)}`);
  Object.assign(error, { errno: -errno, code, syscall });
  if (address !== undefined) {
    error.address = address;
  }
  if (port !== undefined) {
    error.port = port;
  }
  return fromInside(error, 'net');
}

export function lookupFailure(number, hostname, syscall = 'getaddrinfo') {
  const [code, errno] = nameOf(number, syscall === 'getaddrinfo' ? lookups : { 29: ['ESERVFAIL'], 6: ['ETIMEOUT'], 44: ['ENOTFOUND'] });
  const error = new Error(`${syscall} ${code} ${hostname}${reason(code)}`);
  return fromInside(Object.assign(error, { errno: syscall === 'getaddrinfo' ? -errno : undefined, code, syscall, hostname }), 'dns');
}
