"""The client's side of a TLS connection as `ssl` wants it, over the host's, which does the
cryptography and the verification and does not know where the bytes go (`tls_ways`).
"""

import base64
import errno
import json
import os
import weakref

from _network import descriptors, host
from _network.ssl_names import CERT_NONE, ENCODING_DER, ENCODING_PEM, OP_IGNORE_UNEXPECTED_EOF, SSL_ERROR_SSL
from _network.tls_errors import SSLError, SSLWantReadError, SSLWantWriteError, described, failure, violation
from _network.tls_ways import PIECE, Memory, Wire

_HANDSHAKING, _TO_TAKE, _TO_READ, _CLOSED = 1, 2, 4, 8
_WRITE_PIECE = 64 * 1024


class Certificate:
    """One of a chain, as `get_unverified_chain` gives them."""

    __module__ = "_ssl"

    def __init__(self, der):
        self._der = der

    def public_bytes(self, encoding=ENCODING_PEM, /):
        if encoding == ENCODING_DER:
            return self._der
        lines = base64.encodebytes(self._der).decode()
        joined = lines.replace("\n", "")
        body = "\n".join(joined[i : i + 64] for i in range(0, len(joined), 64))
        return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"

    def __eq__(self, other):
        return isinstance(other, Certificate) and self._der == other._der

    def __hash__(self):
        return hash(self._der)


class SSLSession:
    """There to be imported: whether a session is resumed is the host's affair."""

    __module__ = "_ssl"


def _tuples(value):
    """Names in certificates, from JSON's lists to the tuples of `getpeercert`."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


class _SSLSocket:
    """One TLS connection; `way` is where its bytes come from and go to."""

    __module__ = "_ssl"
    server_side = False
    session_reused = False

    def __init__(self, context, way, server_name, owner):
        settings = context._settings(server_name)
        self._handle = host.tls_open(settings)
        if self._handle < 0:
            raise self._refusal(-self._handle)
        self.context = context
        self.server_hostname = server_name
        self.session = None
        self._owner = weakref.ref(owner) if owner is not None else None
        self._shaken = False
        self._way = way
        self._outgoing = b""  # taken from the host, not yet sent
        self._accepted = 0  # of a write that could not be sent to the end
        self._plain = b""  # read ahead, to tell how much is pending
        self._information = None

    @staticmethod
    def _refusal(number):
        reason = host.reason() or os.strerror(number)
        if number == errno.EPERM:
            return PermissionError(number, reason)
        return described(SSLError, SSL_ERROR_SSL, f"[SSL] {reason}", "SSL", "SSL")

    def __del__(self):
        handle = getattr(self, "_handle", -1)
        if handle >= 0:
            host.tls_close(handle)

    def readable(self):
        """Whether something can be read without the socket."""
        if self._plain:
            return True
        self._way.feed_rest(self._handle)
        status = host.tls_status(self._handle)
        return status > 0 and not status & _HANDSHAKING and bool(status & (_TO_READ | _CLOSED))

    # Moving bytes

    def _flush(self):
        """Sends all that the host has for the peer."""
        while True:
            if not self._outgoing:
                taken = host.tls_take(self._handle, PIECE)
                if not taken or isinstance(taken, int):
                    return
                self._outgoing = taken
            while self._outgoing:
                count = self._way.send(self._outgoing)
                self._outgoing = self._outgoing[count:]

    def _more(self):
        """Gives the host more of what the peer sent; false: there is no more."""
        count = self._way.feed(self._handle)
        if count < 0 and count != -errno.EAGAIN:
            raise self._failed()
        return count != 0

    @property
    def owner(self):
        return self._owner and self._owner()

    def _failed(self):
        """The exception for a connection that failed, after the peer was told."""
        try:
            self._flush()
        except OSError:
            pass
        return failure(self._inform(), self.server_hostname)

    def _inform(self):
        text = host.tls_info(self._handle)
        return json.loads(text) if isinstance(text, str) else {}

    def _established(self):
        """What the host knows about the connection, once it stands; else None."""
        if self._information is None:
            status = host.tls_status(self._handle)
            if status < 0 or status & _HANDSHAKING:
                return None
            self._information = self._inform()
        return self._information

    def _shake(self):
        while True:
            status = host.tls_status(self._handle)
            if status < 0:
                raise self._failed()
            if status & _TO_TAKE or self._outgoing:
                self._flush()
                continue
            if not status & _HANDSHAKING:
                self._shaken = True
                return
            if not self._more() and host.tls_status(self._handle) >= 0:
                raise violation()

    def do_handshake(self):
        self._way.begin("handshake")
        self._shake()

    def _ready(self, what):
        """A connection shakes hands by itself when it is used before."""
        self._way.begin(what)
        if not self._shaken:
            self._shake()

    def read(self, size=1024, buffer=None, /):
        if buffer is not None:
            with memoryview(buffer) as view, view.cast("B") as space:
                if not 0 < size < len(space):
                    return self._read_into(space)
                with space[:size] as part:
                    return self._read_into(part)
        if size < 0:
            raise ValueError("size should not be negative")
        if size == 0:
            return b""
        if self._plain:
            result, self._plain = self._plain[:size], self._plain[size:]
            return result
        self._ready("read")
        while True:
            data = host.tls_read(self._handle, size)
            if not isinstance(data, int):
                return data
            if self._at_end(data):
                return b""

    def _read_into(self, space):
        if not len(space):
            return 0
        if self._plain:
            count = min(len(space), len(self._plain))
            space[:count], self._plain = self._plain[:count], self._plain[count:]
            return count
        self._ready("read")
        while True:
            count = host.tls_read_into(self._handle, space)
            if count >= 0:
                return count
            if self._at_end(count):
                return 0

    def _at_end(self, number):
        """After a read that gave nothing: true at the end; false when there may be more now."""
        if number == -errno.ECONNRESET:
            if self.context.options & OP_IGNORE_UNEXPECTED_EOF:
                return True
            raise violation()
        if number != -errno.EAGAIN:
            raise self._failed()
        self._flush()
        self._more()
        return False

    def write(self, data, /):
        self._ready("write")
        with memoryview(data) as view, view.cast("B") as plain:
            self._flush()
            if self._accepted:
                # The same again, because it could not be sent to the end the last time.
                count, self._accepted = min(self._accepted, len(plain)), 0
                return count
            total = 0
            while total < len(plain):
                count = host.tls_write(self._handle, plain[total : total + _WRITE_PIECE])
                if count < 0 and count != -errno.EAGAIN:
                    if host.tls_status(self._handle) < 0:
                        raise self._failed()
                    raise descriptors.failure(-count)
                total += max(count, 0)
                try:
                    self._flush()
                except SSLWantWriteError:
                    self._accepted = total
                    raise
            return total

    def pending(self):
        if not self._plain and (status := host.tls_status(self._handle)) > 0 and status & _TO_READ:
            data = host.tls_read(self._handle, PIECE)
            if not isinstance(data, int):
                self._plain = data
        return len(self._plain)

    def shutdown(self):
        """Says goodbye and waits for the peer's; the socket is the program's again."""
        self._way.begin("shutdown")
        host.tls_shutdown(self._handle)
        self._flush()
        while True:
            status = host.tls_status(self._handle)
            if status < 0 or status & _CLOSED:
                break
            # What still comes is dropped: nobody reads any more.
            data = host.tls_read(self._handle, PIECE)
            if data == b"" or data == -errno.ECONNRESET:
                break
            if data == -errno.EAGAIN:
                try:
                    self._more()
                except (ConnectionError, SSLError) as error:
                    if isinstance(error, SSLWantReadError):
                        raise
                    break
        return self._way.socket()

    # What it is

    def version(self):
        return (self._established() or {}).get("version")

    def cipher(self):
        found = (self._established() or {}).get("cipher")
        return tuple(found) if found else None

    def selected_alpn_protocol(self):
        return (self._established() or {}).get("alpn")

    def getpeercert(self, binary_form=False, /):
        information = self._established()
        if information is None:
            raise ValueError("handshake not done yet")
        if not information.get("certificates"):
            return None
        if binary_form:
            return base64.b64decode(information["certificates"][0])
        if self.context.verify_mode == CERT_NONE:
            return {}
        return {name: _tuples(value) for name, value in information["certificate"].items()}

    def get_unverified_chain(self):
        information = self._established() or {}
        return [Certificate(base64.b64decode(text)) for text in information.get("certificates", ())]

    get_verified_chain = get_unverified_chain

    def compression(self):
        return None

    def shared_ciphers(self):
        return None

    def get_channel_binding(self, cb_type="tls-unique", /):
        raise ValueError(f"'{cb_type}' channel binding type not implemented")

    def verify_client_post_handshake(self):
        raise described(SSLError, SSL_ERROR_SSL, "Post-handshake auth is not supported by the client")


def over_socket(context, socket, server_name, owner):
    connection = _SSLSocket(context, Wire(socket), server_name, owner)
    reference = weakref.ref(connection)
    socket._open().decrypted = lambda: (found := reference()) is not None and found.readable()
    return connection


def over_memory(context, incoming, outgoing, server_name, owner):
    return _SSLSocket(context, Memory(incoming, outgoing), server_name, owner)
