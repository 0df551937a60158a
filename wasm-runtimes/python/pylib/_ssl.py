"""The module under CPython's `ssl`: contexts. The connections are in `_network.tls`, the
cryptography and the verification in the host.

Roots: `load_default_certs` means the host's, that is the system's with what the operator added. A
file or text of certificates that a program loads (certifi's among them) counts instead, as with
OpenSSL; only the operator's additions stay.
"""

import base64
import binascii
import errno
import json
import operator
import os
import re

from _network import tls
from _network.ssl_names import *
from _network.tls import Certificate, SSLSession, _SSLSocket  # noqa: F401
from _network.tls_errors import (  # noqa: F401
    SSLCertVerificationError,
    SSLEOFError,
    SSLError,
    SSLSyscallError,
    SSLWantReadError,
    SSLWantWriteError,
    SSLZeroReturnError,
    described,
)
from _network.tls_ways import MemoryBIO  # noqa: F401

_DEFAULT_CIPHERS = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"
_OPENSSL_API_VERSION = OPENSSL_VERSION_INFO

_DEFAULT_OPTIONS = OP_ALL | OP_NO_SSLv3 | OP_CIPHER_SERVER_PREFERENCE | OP_NO_COMPRESSION | OP_ENABLE_MIDDLEBOX_COMPAT
_VERSION_NAMES = {PROTO_TLSv1_2: "TLSv1.2", PROTO_TLSv1_3: "TLSv1.3"}
_VERSIONS = {PROTO_MINIMUM_SUPPORTED, PROTO_MAXIMUM_SUPPORTED, PROTO_SSLv3, PROTO_TLSv1, PROTO_TLSv1_1, *_VERSION_NAMES}
_CURVES = {"prime256v1", "secp256r1", "secp384r1", "secp521r1", "X25519", "X448"}
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"

# OpenSSL's numbers for what programs ask about by number or name.
_OBJECTS = (
    (129, "serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"),
    (130, "clientAuth", "TLS Web Client Authentication", "1.3.6.1.5.5.7.3.2"),
    (13, "CN", "commonName", "2.5.4.3"),
    (17, "O", "organizationName", "2.5.4.10"),
    (18, "OU", "organizationalUnitName", "2.5.4.11"),
    (14, "C", "countryName", "2.5.4.6"),
    (85, "subjectAltName", "X509v3 Subject Alternative Name", "2.5.29.17"),
)


def txt2obj(txt, name=False):
    for found in _OBJECTS:
        if txt == found[3] or name and txt in found[1:3]:
            return found
    raise ValueError(f"unknown object '{txt:.100}'")


def nid2obj(nid, /):
    for found in _OBJECTS:
        if nid == found[0]:
            return found
    raise ValueError(f"unknown NID {nid}")


def RAND_status():
    return True


def RAND_add(string, entropy, /):
    """The host's random numbers need none."""


def RAND_bytes(n, /):
    if n < 0:
        raise ValueError("num must be positive")
    return os.urandom(n)


def get_default_verify_paths():
    return "SSL_CERT_FILE", "/usr/lib/ssl/cert.pem", "SSL_CERT_DIR", "/usr/lib/ssl/certs"


def _test_decode_cert(path, /):
    raise NotImplementedError("certificates are decoded by the host, of a connection's peer only")


def _ssl_error(text, reason):
    return described(SSLError, SSL_ERROR_SSL, f"[SSL] {text}", reason, "SSL")


def _x509_error(reason, text, number):
    return described(SSLError, number, f"[X509: {reason}] {text}", reason, "X509")


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _pem_blocks(data):
    """The certificates in a PEM file, each with its marks and nothing in between."""
    blocks, end = [], 0
    while (start := data.find(_BEGIN, end)) >= 0:
        end = data.find(_END, start)
        if end < 0:
            break
        end += len(_END)
        blocks.append(data[start:end])
    return blocks


_last_parsed = (b"", [])


def _certificates(data):
    """As `_pem_blocks`. Libraries load one and the same bundle for connection after connection."""
    global _last_parsed
    if _last_parsed[0] != data:
        blocks = _pem_blocks(data)
        if not blocks:
            raise _x509_error("NO_CERTIFICATE_OR_CRL_FOUND", "no certificate or crl found", 136)
        try:
            for block in blocks:
                binascii.a2b_base64(block[len(_BEGIN) : -len(_END)])
        except binascii.Error:
            raise _x509_error("PEM_LIB", "PEM lib", 524297) from None
        _last_parsed = (data, blocks)
    return _last_parsed[1]


def _pem_of(der):
    """The DER certificates in a row, each as PEM."""
    blocks = []
    while der:
        if len(der) < 4 or der[0] != 0x30:
            raise _ssl_error("not enough data: cadata does not contain a certificate", "NOT_ENOUGH_DATA")
        size = der[1]
        header = 2
        if size & 0x80:
            header += size & 0x7F
            size = int.from_bytes(der[2:header], "big")
        piece, der = der[: header + size], der[header + size :]
        blocks.append(_BEGIN + b"\n" + base64.encodebytes(piece) + _END)
    return blocks


class _SSLContext:
    """Settings of connections to come."""

    def __new__(cls, protocol, /):
        if protocol not in (
            PROTOCOL_TLS,
            PROTOCOL_TLSv1,
            PROTOCOL_TLSv1_1,
            PROTOCOL_TLSv1_2,
            PROTOCOL_TLS_CLIENT,
            PROTOCOL_TLS_SERVER,
        ):
            raise ValueError("invalid or unsupported protocol version")
        self = object.__new__(cls)
        self._protocol = int(protocol)
        self._check_hostname = protocol == PROTOCOL_TLS_CLIENT
        self._verify_mode = CERT_REQUIRED if protocol == PROTOCOL_TLS_CLIENT else CERT_NONE
        self._options = _DEFAULT_OPTIONS
        self._verify_flags = VERIFY_X509_TRUSTED_FIRST
        self._minimum = PROTO_TLSv1_2
        self._maximum = PROTO_TLSv1_2 if protocol == PROTOCOL_TLSv1_2 else PROTO_MAXIMUM_SUPPORTED
        if protocol in (PROTOCOL_TLSv1, PROTOCOL_TLSv1_1):
            self._minimum = self._maximum = PROTO_TLSv1 if protocol == PROTOCOL_TLSv1 else PROTO_TLSv1_1
        self._system_roots = False
        self._roots = {}  # PEM blocks, in order, once each
        self._roots_text = None
        self._chain = None
        self._alpn = []
        self._host_flags = HOSTFLAG_NO_PARTIAL_WILDCARDS
        self.post_handshake_auth = False
        self.sni_callback = None
        self._callback = None
        self.num_tickets = 2
        return self

    protocol = property(lambda self: self._protocol)
    security_level = property(lambda self: 2)

    @property
    def check_hostname(self):
        return self._check_hostname

    @check_hostname.setter
    def check_hostname(self, value):
        self._check_hostname = bool(value)
        if value and self._verify_mode == CERT_NONE:
            self._verify_mode = CERT_REQUIRED

    @property
    def verify_mode(self):
        return self._verify_mode

    @verify_mode.setter
    def verify_mode(self, value):
        if operator.index(value) not in (CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED):
            raise ValueError("invalid value for verify_mode")
        if value == CERT_NONE and self._check_hostname:
            raise ValueError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
        self._verify_mode = int(value)

    @property
    def options(self):
        return self._options

    @options.setter
    def options(self, value):
        if value < 0:
            raise OverflowError("can't convert negative value to unsigned int")
        self._options = int(value)

    @property
    def verify_flags(self):
        return self._verify_flags

    @verify_flags.setter
    def verify_flags(self, value):
        self._verify_flags = int(value)

    @property
    def minimum_version(self):
        return self._minimum

    @minimum_version.setter
    def minimum_version(self, value):
        self._minimum = self._checked_version(value)

    @property
    def maximum_version(self):
        return self._maximum

    @maximum_version.setter
    def maximum_version(self, value):
        self._maximum = self._checked_version(value)

    @staticmethod
    def _checked_version(value):
        if value not in _VERSIONS:
            raise ValueError(f"Unsupported TLS/SSL version 0x{value:x}")
        return int(value)

    @property
    def _msg_callback(self):
        return self._callback

    @_msg_callback.setter
    def _msg_callback(self, value):
        """Kept, and never called: messages are the host's."""
        if value is not None and not callable(value):
            raise TypeError("not a callable object")
        self._callback = value

    # Ciphers, protocols

    def set_ciphers(self, cipherlist, /):
        """The host's are all good ones; what a program prefers among them changes nothing."""
        if not isinstance(cipherlist, str):
            raise TypeError("argument must be str")
        if not re.search("[A-Z]{2}", cipherlist):
            raise described(SSLError, SSL_ERROR_SSL, "No cipher can be selected.", None, None)

    def get_ciphers(self):
        result = []
        for name, version, bits, exchange, authentication in CIPHERS:
            result.append(
                {"id": 0, "name": name, "protocol": version, "description": f"{name} {version}", "strength_bits": bits,
                 "alg_bits": bits, "aead": True, "symmetric": "", "digest": None, "kea": f"kx-{exchange}",
                 "auth": f"auth-{authentication}"}
            )  # fmt: skip
        return result

    def _set_alpn_protocols(self, protocols, /):
        self._alpn = []
        while protocols:
            size = protocols[0]
            self._alpn.append(bytes(protocols[1 : 1 + size]).decode("ascii"))
            protocols = protocols[1 + size :]

    def set_ecdh_curve(self, name, /):
        """The host chooses."""
        if os.fsdecode(name) not in _CURVES:
            raise ValueError(f"unknown elliptic curve name {name!r}")

    def load_dh_params(self, path, /):
        _read(path)

    def session_stats(self):
        names = "number connect connect_good connect_renegotiate accept accept_good accept_renegotiate hits misses"
        return dict.fromkeys([*names.split(), "timeouts", "cache_full"], 0)

    # Certificates

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        if cafile is not None:
            self._add_roots(_certificates(_read(cafile)))
        if capath is not None:
            self._load_folder(capath)
        if isinstance(cadata, str):
            if not cadata.isascii():
                raise TypeError("cadata should be an ASCII string or a bytes-like object")
            if _BEGIN not in (data := cadata.encode()):
                raise _ssl_error("no start line: cadata does not contain a certificate", "NO_START_LINE")
            self._add_roots(_certificates(data))
        elif cadata is not None:
            if not cadata:
                raise ValueError("Empty certificate data")
            self._add_roots(_pem_of(bytes(cadata)))

    def _load_folder(self, path):
        """Unlike OpenSSL, which looks into such a folder when it needs a certificate, at once."""
        path = os.fsdecode(path)
        for name in sorted(os.listdir(path) if os.path.isdir(path) else ()):
            file = os.path.join(path, name)
            if os.path.isfile(file):
                self._add_roots(_pem_blocks(_read(file)))

    def _add_roots(self, blocks):
        self._roots.update(dict.fromkeys(blocks))
        self._roots_text = None

    def set_default_verify_paths(self):
        if file := os.environ.get("SSL_CERT_FILE"):
            if os.path.isfile(file):
                self._add_roots(_pem_blocks(_read(file)))
            return
        self._system_roots = True

    def cert_store_stats(self):
        return {"x509": len(self._roots), "crl": 0, "x509_ca": len(self._roots)}

    def get_ca_certs(self, binary_form=False):
        """Of those that the program loaded; the host's stay with the host."""
        if not binary_form:
            if self._roots:
                raise NotImplementedError("get_ca_certs(): only with binary_form=True")
            return []
        return [binascii.a2b_base64(block[len(_BEGIN) : -len(_END)]) for block in self._roots]

    def load_cert_chain(self, certfile, keyfile=None, password=None):
        certificates = _read(certfile)
        key = _read(keyfile) if keyfile is not None else certificates
        if not _pem_blocks(certificates):
            raise described(SSLError, 9, "[SSL] PEM lib", None, "SSL")
        if b"ENCRYPTED" in key:
            raise NotImplementedError("load_cert_chain(): private keys protected by a password are not supported")
        if b"PRIVATE KEY-----" not in key:
            raise described(SSLError, 9, "[SSL] PEM lib", None, "SSL")
        self._chain = (b"\n".join(_pem_blocks(certificates)).decode("ascii"), key.decode("ascii", "replace"))

    # Connections

    def _settings(self, server_name):
        """For the host, as JSON."""
        minimum, maximum = self._version_names()
        settings = {
            "server_name": server_name or "",
            "verify": self._verify_mode != CERT_NONE,
            "check_hostname": self._check_hostname,
            "minimum": minimum,
            "maximum": maximum,
            "system_roots": self._system_roots,
        }
        if self._alpn:
            settings["alpn"] = self._alpn
        if self._chain:
            settings["certificate_pem"], settings["key_pem"] = self._chain
        text = json.dumps(settings)
        if self._roots and self._verify_mode != CERT_NONE:
            if self._roots_text is None:
                self._roots_text = json.dumps(b"\n".join(self._roots).decode("ascii", "replace"))
            text = f'{text[:-1]}, "roots_pem": {self._roots_text}}}'
        return text

    def _version_names(self):
        lowest = (
            PROTO_TLSv1_2
            if self._minimum in (PROTO_MINIMUM_SUPPORTED, PROTO_SSLv3, PROTO_TLSv1, PROTO_TLSv1_1)
            else self._minimum
        )
        highest = PROTO_TLSv1_3 if self._maximum == PROTO_MAXIMUM_SUPPORTED else self._maximum
        if lowest == PROTO_MAXIMUM_SUPPORTED:
            lowest = PROTO_TLSv1_3
        versions = [
            version
            for version, off in ((PROTO_TLSv1_2, OP_NO_TLSv1_2), (PROTO_TLSv1_3, OP_NO_TLSv1_3))
            if lowest <= version <= highest and not self._options & off
        ]
        if not versions:
            reason = "NO_PROTOCOLS_AVAILABLE"
            raise described(SSLError, SSL_ERROR_SSL, f"[SSL: {reason}] no protocols available", reason, "SSL")
        return _VERSION_NAMES[versions[0]], _VERSION_NAMES[versions[-1]]

    def _wrap_socket(self, sock, server_side, server_hostname=None, *, owner=None, session=None):
        self._check_side(server_side)
        return tls.over_socket(self, sock, server_hostname, owner)

    def _wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, *, owner=None, session=None):
        self._check_side(server_side)
        if self._check_hostname and not server_hostname:
            raise ValueError("check_hostname requires server_hostname")
        return tls.over_memory(self, incoming, outgoing, server_hostname, owner)

    def _check_side(self, server_side):
        if server_side:
            raise PermissionError(errno.EPERM, "TLS servers: a sandboxed program has outgoing connections only")
        if self._protocol == PROTOCOL_TLS_SERVER:
            raise _ssl_error("Cannot create a client socket with a PROTOCOL_TLS_SERVER context", None)
