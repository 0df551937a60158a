// http2: its constants, which clients read also where they speak HTTP/1.1. HTTP/2 is not spoken.
import { METHODS, STATUS_CODES } from './words.js';

const headers = `accept-encoding accept-language accept-ranges accept access-control-allow-credentials access-control-allow-headers
access-control-allow-methods access-control-allow-origin access-control-expose-headers access-control-request-headers
access-control-request-method age authorization cache-control connection content-disposition content-encoding content-length content-type
cookie date etag forwarded host if-modified-since if-none-match if-range last-modified link location range referer server set-cookie
strict-transport-security transfer-encoding te upgrade-insecure-requests upgrade user-agent vary x-content-type-options x-frame-options
keep-alive proxy-connection x-xss-protection alt-svc content-security-policy early-data expect-ct origin purpose timing-allow-origin
x-forwarded-for priority accept-charset access-control-max-age allow content-language content-location content-md5 content-range dnt
expect expires from if-match if-unmodified-since max-forwards prefer proxy-authenticate proxy-authorization refresh retry-after trailer
tk via warning www-authenticate http2-settings`.split(/\s+/);
const pseudoHeaders = ['status', 'method', 'authority', 'scheme', 'path', 'protocol'];
// In the order of their numbers.
const errors = ['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED', 'FRAME_SIZE_ERROR',
  'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM', 'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'];

const named = (text) => text.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
const constants = {};
errors.forEach((name, number) => { constants[`NGHTTP2_${name}`] = number; });
pseudoHeaders.forEach((name) => { constants[`HTTP2_HEADER_${named(name)}`] = `:${name}`; });
headers.forEach((name) => { constants[`HTTP2_HEADER_${named(name)}`] = name; });
METHODS.forEach((name) => { constants[`HTTP2_METHOD_${named(name)}`] = name; });
for (const [status, text] of Object.entries(STATUS_CODES)) {
  constants[`HTTP_STATUS_${named(text.replace("'", ''))}`] = Number(status);
}

function refusing(name) {
  return { [name]() {
    throw Object.assign(new Error(`http2.${name}: HTTP/2 is not available in this sandbox, use http or https`), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
  } }[name];
}

const http2 = { constants, sensitiveHeaders: Symbol('nodejs.http2.sensitiveHeaders') };
for (const name of ['connect', 'createServer', 'createSecureServer', 'performServerHandshake']) {
  http2[name] = refusing(name);
}
for (const name of ['Http2ServerRequest', 'Http2ServerResponse']) {
  http2[name] = { [name]: class { constructor() { refusing(name)(); } } }[name];
}
http2.getDefaultSettings = () => ({ headerTableSize: 4096, enablePush: true, initialWindowSize: 65535, maxFrameSize: 16384,
  maxConcurrentStreams: 4294967295, maxHeaderSize: 65535, maxHeaderListSize: 65535, enableConnectProtocol: false });
export default http2;
