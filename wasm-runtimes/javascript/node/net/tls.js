// tls: connections that the host encrypts.
import native from '../native.js';
import { Buffer, bytesOf } from '../buffer.js';
import { codes, declare, fromInside, validate } from '../errors.js';
import { nextTick } from '../loop.js';
import { process } from '../process.js';
import { isIP } from './address.js';
import { checkServerIdentity, handshakeError, peerCertificate } from './certificates.js';
import { AGAIN, failure, reason, RESET } from './failures.js';
import { Server } from './net.js';
import { normalizeArgs, Socket } from './socket.js';
import { TlsTransport } from './tls_transport.js';
import { DuplexTransport, HostStream } from './transport.js';

declare('ERR_TLS_DH_PARAM_SIZE', Error, 'DH parameter size is too small');
declare('ERR_TLS_INVALID_PROTOCOL_VERSION', TypeError, (version, which) => `${JSON.stringify(version)} is not a valid ${which} TLS protocol version`);

const PROTOCOL = -65;
const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const ciphers = ['tls_aes_256_gcm_sha384', 'tls_chacha20_poly1305_sha256', 'tls_aes_128_gcm_sha256', 'ecdhe-ecdsa-aes256-gcm-sha384',
  'ecdhe-rsa-aes256-gcm-sha384', 'ecdhe-ecdsa-chacha20-poly1305', 'ecdhe-rsa-chacha20-poly1305', 'ecdhe-ecdsa-aes128-gcm-sha256',
  'ecdhe-rsa-aes128-gcm-sha256'];

// PEM texts, in the forms that node takes.
function pem(value, name) {
  if (value === undefined || value === null || value === false) {
    return undefined;
  }
  return [value].flat().map((each) => {
    const one = each?.pem ?? each?.buf ?? each;
    if (typeof one?.export === 'function') {
      return one.export({ type: 'pkcs8', format: 'pem' });
    }
    if (typeof one !== 'string' && bytesOf(one) === undefined) {
      throw codes.ERR_INVALID_ARG_TYPE(`options.${name}`, ['string', 'Buffer', 'TypedArray', 'DataView'], one);
    }
    return Buffer.from(bytesOf(one)).toString();
  }).join('\n');
}

function version(value, which) {
  if (value !== undefined && value !== null && !versions.includes(value)) {
    throw codes.ERR_TLS_INVALID_PROTOCOL_VERSION(value, which);
  }
  // What is older than 1.2 is not spoken.
  return value === 'TLSv1' || value === 'TLSv1.1' ? 'TLSv1.2' : value ?? undefined;
}

export class SecureContext {
  constructor(options = {}) {
    if (options.pfx !== undefined && options.pfx !== null) {
      throw Object.assign(new Error('PFX is not available in this sandbox: give the certificate and the key as PEM'), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
    }
    if (options.passphrase !== undefined && options.key !== undefined && /ENCRYPTED/.test(pem(options.key, 'key'))) {
      throw Object.assign(new Error('encrypted private keys are not available in this sandbox'), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
    }
    const ca = pem(options.ca, 'ca');
    Object.defineProperty(this, 'context', { enumerable: false, value: {
      minimum: version(options.minVersion, 'minimum'), maximum: version(options.maxVersion, 'maximum'),
      // Whoever names authorities trusts no others.
      ...(ca !== undefined && { roots_pem: ca, system_roots: false }),
      certificate_pem: pem(options.cert, 'cert'), key_pem: pem(options.key, 'key'),
    } });
  }
}

const createSecureContext = (options) => new SecureContext(options);

function protocols(list) {
  if (Array.isArray(list)) {
    return list.map((each) => (typeof each === 'string' ? each : Buffer.from(each).toString('latin1')));
  }
  const bytes = Buffer.from(bytesOf(list));
  const names = [];
  for (let at = 0; at < bytes.length; at += 1 + bytes[at]) {
    names.push(bytes.toString('latin1', at + 1, at + 1 + bytes[at]));
  }
  return names;
}

function convertALPNProtocols(list, out) {
  const parts = protocols(list).map((each) => Buffer.from([each.length, ...Buffer.from(each, 'latin1')]));
  out.ALPNProtocols = Buffer.concat(parts);
}

const insecure = () => process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0';

export class TLSSocket extends Socket {
  #options;
  #below = null; // the socket whose connection this one took over
  #secured = false;
  #info = {};

  constructor(socket, options = {}) {
    super({ ...options, fd: undefined });
    this.#options = options;
    this.encrypted = true;
    this.authorized = false;
    this.authorizationError = null;
    this.alpnProtocol = null;
    this.secureConnecting = true;
    this.servername = null;
    this._tlsOptions = options;
    this._SNICallback = null;
    if (socket) {
      this.#takeOver(socket);
    }
  }

  #takeOver(socket) {
    this.#below = socket;
    this._parent = socket;
    this.on('close', () => socket.destroy());
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy(this.#secured ? undefined : this.#handshakeFailure(RESET)));
    const wrap = () => {
      const direct = socket instanceof Socket && socket._handle instanceof HostStream && socket.readableLength === 0;
      return this._wrap(direct ? socket._release() : new DuplexTransport(socket));
    };
    if (!socket.connecting) {
      if (wrap()) {
        nextTick(() => this._ready());
      }
      return;
    }
    this.connecting = true;
    socket.once('connect', () => {
      if (!this.destroyed && wrap()) {
        this.connecting = false;
        this.emit('connect');
        this._ready();
      }
    });
  }

  // Called when a connection of its own is there.
  _established() {
    // Nothing that is written from now on may go out as it is.
    if (this._wrap(this._handle)) {
      super._established();
      this._ready();
    }
  }

  // Puts TLS above a connection; false if that cannot be.
  _wrap(inner) {
    const { rejectUnauthorized = !insecure(), servername, host, secureContext, ALPNProtocols, checkServerIdentity: check } = this.#options;
    const name = servername ?? (host === undefined || isIP(host) !== 0 ? '' : host);
    this.servername = name || false;
    const verified = this.#verifiedName();
    const settings = {
      server_name: verified, verify: rejectUnauthorized !== false, check_hostname: check === undefined || check === checkServerIdentity,
      alpn: ALPNProtocols === undefined ? undefined : protocols(ALPNProtocols), ...(secureContext ?? createSecureContext(this.#options)).context,
    };
    const handle = native.tlsOpen(JSON.stringify(settings));
    if (handle < 0) {
      const error = failure(handle, 'connect');
      this._handle = inner;
      this.destroy(error);
      return false;
    }
    this._adopt(new TlsTransport(inner, handle));
    return true;
  }

  _ready() {
    if (!this.#secured && this._handle !== null) {
      const status = this._handle.handshake();
      if (status === AGAIN) {
        this._want();
        return;
      }
      if (status < 0) {
        this.destroy(this.#handshakeFailure(status));
        return;
      }
      if (!this.#finish()) {
        return;
      }
    }
    super._ready();
  }

  #verifiedName() {
    const { servername, host } = this.#options;
    return servername || host || this.#below?._host || 'localhost';
  }

  #handshakeFailure(status) {
    const { host, port, path } = this.#options;
    const info = status === PROTOCOL ? this._handle.info() : {};
    const cut = status === RESET || /unexpected eof/.test(info.error?.message);
    if (status === PROTOCOL && !cut) {
      return handshakeError(info, reason('EPROTO').slice(3), this.#verifiedName());
    }
    if (cut) {
      const error = new Error('Client network socket disconnected before secure TLS connection was established');
      return fromInside(Object.assign(error, { code: 'ECONNRESET', path, host, port, localAddress: undefined }), 'tls');
    }
    return failure(status, 'read');
  }

  // The handshake is done; false if what it showed is not accepted.
  #finish() {
    const { rejectUnauthorized = !insecure(), checkServerIdentity: check } = this.#options;
    this.#secured = true;
    this.secureConnecting = false;
    this.#info = this._handle.info();
    this.alpnProtocol = this.#info.alpn || false;
    if (rejectUnauthorized === false) {
      // Nobody has looked at the certificate.
      this.authorizationError = 'CERT_UNTRUSTED';
    } else {
      const error = check === undefined || check === checkServerIdentity ? undefined
        : check(this.#verifiedName(), this.getPeerCertificate(true));
      if (error) {
        this.authorizationError = error.code || error.message;
        this.destroy(error);
        return false;
      }
      this.authorized = true;
    }
    this.emit('secureConnect');
    this.emit('secure');
    if (!this.destroyed && this.readable && !this.isPaused()) {
      this.read(0);
    }
    return !this.destroyed;
  }

  _failure(number, syscall) {
    if (number === PROTOCOL) {
      return handshakeError(this._handle.info(), reason('EPROTO').slice(3), this.#verifiedName());
    }
    return super._failure(number, syscall);
  }

  getPeerCertificate() { return this.#secured ? peerCertificate(this.#info) : {}; }
  getCertificate() { return {}; }
  getPeerX509Certificate() { return undefined; }
  getX509Certificate() { return undefined; }
  getProtocol() { return this.#info.version ?? null; }
  getCipher() {
    const [name, spoken] = this.#info.cipher ?? [];
    return name === undefined ? undefined : { name, standardName: name, version: spoken };
  }
  getSession() { return undefined; }
  getTLSTicket() { return undefined; }
  getFinished() { return undefined; }
  getPeerFinished() { return undefined; }
  getEphemeralKeyInfo() { return {}; }
  getSharedSigalgs() { return []; }
  isSessionReused() { return false; }
  setSession() {}
  setServername(name) {
    validate.string(name, 'name');
    this.#options = { ...this.#options, servername: name };
  }
  setMaxSendFragment() { return true; }
  disableRenegotiation() {}
  renegotiate(options, callback) {
    nextTick(callback, Object.assign(new Error('TLS connections are not negotiated anew here'), { code: 'ERR_TLS_RENEGOTIATION_DISABLED' }));
    return true;
  }
  enableTrace() {}
  exportKeyingMaterial() {
    throw Object.assign(new Error('tlsSocket.exportKeyingMaterial is not available in this sandbox'), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
  }
  get ssl() { return this._handle; }
}

export function connect(...values) {
  let [options, callback] = normalizeArgs(values);
  const extra = values.find((each, i) => i > 0 && typeof each === 'object' && each !== null);
  options = { ...options, ...extra };
  if (options.ALPNProtocols !== undefined) {
    options.ALPNProtocols = protocols(options.ALPNProtocols);
  }
  if (options.host === undefined && !options.socket && !options.path) {
    options.host = 'localhost';
  }
  // Complains of what cannot be used before anything is sent.
  options.secureContext ??= createSecureContext(options);
  const socket = new TLSSocket(options.socket, options);
  if (callback !== null) {
    socket.once('secureConnect', callback);
  }
  if (!options.socket) {
    if (options.timeout) {
      socket.setTimeout(options.timeout);
    }
    socket.connect(options);
  }
  return socket;
}

export default {
  CLIENT_RENEG_LIMIT: 3, CLIENT_RENEG_WINDOW: 600, DEFAULT_CIPHERS: ciphers.map((each) => each.toUpperCase().replace(/^(TLS_.*)$/, '$1')).join(':'),
  DEFAULT_ECDH_CURVE: 'auto', DEFAULT_MIN_VERSION: 'TLSv1.2', DEFAULT_MAX_VERSION: 'TLSv1.3', getCiphers: () => [...ciphers],
  rootCertificates: Object.freeze([]), convertALPNProtocols, checkServerIdentity, createSecureContext, SecureContext, TLSSocket, Server,
  createServer: (options, listener) => new Server(options, listener), connect,
};
