// Certificates as node shows them, whom they are for, and what is wrong with them.
import { Buffer } from '../buffer.js';
import { createHash } from '../crypto/hash.js';
import { codes, declare, fromInside } from '../errors.js';
import { domainToASCII } from '../url.js';
import { isIP } from './address.js';

// By X.509's number: node's code and OpenSSL's text.
const verifications = {
  2: ['UNABLE_TO_GET_ISSUER_CERT', 'unable to get issuer certificate'],
  7: ['CERT_SIGNATURE_FAILURE', 'certificate signature failure'],
  9: ['CERT_NOT_YET_VALID', 'certificate is not yet valid'],
  10: ['CERT_HAS_EXPIRED', 'certificate has expired'],
  18: ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
  19: ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
  20: ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate'],
  21: ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
  22: ['CERT_CHAIN_TOO_LONG', 'certificate chain too long'],
  23: ['CERT_REVOKED', 'certificate revoked'],
  24: ['INVALID_CA', 'invalid CA certificate'],
  25: ['PATH_LENGTH_EXCEEDED', 'path length constraint exceeded'],
  26: ['INVALID_PURPOSE', 'unsupported certificate purpose'],
  27: ['CERT_UNTRUSTED', 'certificate not trusted'],
  28: ['CERT_REJECTED', 'certificate rejected'],
};
const WRONG_NAME = [62, 64];
const shortNames = {
  countryName: 'C', stateOrProvinceName: 'ST', localityName: 'L', organizationName: 'O', organizationalUnitName: 'OU', commonName: 'CN',
};

function nameOf(parts = []) {
  const name = Object.create(null);
  for (const [[type, value]] of parts) {
    const key = shortNames[type] ?? type;
    name[key] = key in name ? [name[key], value].flat() : value;
  }
  return name;
}

const fingerprint = (kind, der) => createHash(kind).update(der).digest('hex').toUpperCase().replace(/..(?!$)/g, '$&:');

// What getPeerCertificate() gives of `tls_info`'s description.
export function peerCertificate({ certificate, certificates = [] }) {
  if (certificate === undefined && certificates.length === 0) {
    return {};
  }
  const { subject, issuer, subjectAltName, notBefore, notAfter, serialNumber } = certificate ?? {};
  const raw = Buffer.from(certificates[0] ?? '', 'base64');
  return {
    subject: nameOf(subject), issuer: nameOf(issuer),
    subjectaltname: subjectAltName?.map(([type, value]) => `${type}:${value}`).join(', '),
    ca: false, valid_from: notBefore, valid_to: notAfter,
    fingerprint: fingerprint('sha1', raw), fingerprint256: fingerprint('sha256', raw), fingerprint512: fingerprint('sha512', raw),
    serialNumber, raw,
  };
}

declare('ERR_TLS_CERT_ALTNAME_INVALID', Error, (reason) => `Hostname/IP does not match certificate's altnames: ${reason}`);

function wrongName(reason, host, cert) {
  return Object.assign(codes.ERR_TLS_CERT_ALTNAME_INVALID(reason), { reason, host, cert });
}

// Whether a host's name is what a certificate's says, where `*` stands for one whole label.
function matches(host, pattern) {
  const labels = host.split('.');
  const wanted = pattern.toLowerCase().replace(/\.$/, '').split('.');
  if (labels.length !== wanted.length || wanted.includes('') || /[^\x21-\x7f]/.test(pattern)) {
    return false;
  }
  if (wanted[0] !== '*') {
    return labels.join('.') === wanted.join('.');
  }
  return wanted.length > 2 && labels.slice(1).join('.') === wanted.slice(1).join('.');
}

// tls.checkServerIdentity: undefined, or the error.
export function checkServerIdentity(hostname, cert) {
  const names = (cert.subjectaltname ?? '').split(', ').filter((each) => each !== '');
  const host = `${hostname}`.replace(/\.$/, '');
  const dns = names.filter((each) => each.startsWith('DNS:')).map((each) => each.slice(4));
  const addresses = names.filter((each) => each.startsWith('IP Address:')).map((each) => each.slice(11));
  if (isIP(host) !== 0) {
    return addresses.includes(host) ? undefined
      : wrongName(`IP: ${host} is not in the cert's list: ${addresses.join(', ')}`, hostname, cert);
  }
  const ascii = (domainToASCII(host) || host).toLowerCase();
  if (dns.length > 0) {
    return dns.some((each) => matches(ascii, each)) ? undefined
      : wrongName(`Host: ${host}. is not in the cert's altnames: ${cert.subjectaltname}`, hostname, cert);
  }
  const common = [cert.subject?.CN ?? []].flat();
  if (names.length > 0 || common.length === 0) {
    return wrongName('Cert does not contain a DNS name', hostname, cert);
  }
  return common.some((each) => matches(ascii, each)) ? undefined : wrongName(`Host: ${host}. is not cert's CN: ${common.join(', ')}`, hostname, cert);
}

// The error of a handshake that the host says failed.
export function handshakeError(info, reason, host) {
  const { kind, code, message = reason || 'the handshake failed' } = info.error ?? {};
  if (kind === 'certificate') {
    if (WRONG_NAME.includes(code)) {
      const cert = peerCertificate(info);
      const unnamed = cert.raw === undefined ? wrongName(`Host: ${host}. is not in the cert's altnames`, host, cert) : undefined;
      return unnamed ?? checkServerIdentity(host, cert) ?? wrongName(message, host, cert);
    }
    // Of a certificate that comes alone OpenSSL says that the first one cannot be verified.
    const alone = code === 20 && info.certificates?.length === 1;
    const [name, text] = verifications[alone ? 21 : code] ?? ['CERT_REJECTED', message];
    return fromInside(Object.assign(new Error(text), { code: name }), 'tls');
  }
  const error = new Error(`write EPROTO ${kind === 'alert' && !/alert/.test(message) ? `alert ${message}` : message}`);
  return fromInside(Object.assign(error, { errno: -71, code: 'EPROTO', syscall: 'write' }), 'tls');
}
