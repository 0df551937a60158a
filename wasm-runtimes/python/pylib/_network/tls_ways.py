"""How the bytes of a TLS connection get to the peer and back: through a socket, or through two
`MemoryBIO`s that the program empties and fills itself.
"""

import errno
import time
import weakref

from _network import descriptors, host
from _network.descriptors import READABLE, WRITABLE
from _network.ssl_names import SSL_ERROR_SSL, SSL_ERROR_SYSCALL
from _network.tls_errors import SSLError, described, want_read, want_write

# How much is moved at once: some of TLS's records of 16 KiB, with what they are wrapped in.
PIECE = 66_000


class MemoryBIO:
    """Bytes on their way from or to a connection that the program carries itself."""

    __module__ = "_ssl"

    def __init__(self):
        self._bytes = bytearray()
        self._ended = False

    def read(self, size=-1, /):
        data = self._bytes
        if size < 0 or size >= len(data):
            self._bytes = bytearray()
            return bytes(data)
        result = bytes(data[:size])
        del data[:size]
        return result

    def write(self, data, /):
        if self._ended:
            raise described(SSLError, SSL_ERROR_SSL, "cannot write() after write_eof()")
        with memoryview(data) as view:
            if not view.contiguous:
                raise BufferError("memoryview: underlying buffer is not C-contiguous")
            self._bytes += view
            return view.nbytes

    def write_eof(self):
        self._ended = True

    pending = property(lambda self: len(self._bytes), doc="The number of bytes pending in the memory BIO.")
    eof = property(lambda self: self._ended and not self._bytes, doc="Whether the memory BIO is at EOF.")


class Memory:
    """Two BIOs as the way to the peer."""

    def __init__(self, incoming, outgoing):
        self._incoming, self._outgoing = incoming, outgoing

    def begin(self, what):
        pass

    def socket(self):
        return None

    def send(self, data):
        self._outgoing.write(data)
        return len(data)

    def feed(self, handle):
        """Gives the host what has come, of which it takes so many; 0: that was the end. Raises
        SSLWantReadError when nothing has come."""
        data = self._incoming._bytes
        if not data:
            if not self._incoming._ended:
                raise want_read()
            return host.tls_feed(handle, b"")
        count = host.tls_feed(handle, data)
        if count > 0:
            del data[:count]
        return count


class Wire:
    """A socket as the way to the peer, with its timeout."""

    def __init__(self, socket):
        # The socket owns the connection that owns this: no cycle, so that who lets go of a socket
        # closes it.
        self.socket = weakref.ref(socket)
        self._timeout = None
        self._buffer = bytearray(PIECE)
        self._rest = memoryview(b"")  # received, not yet fed
        self._deadline = None
        self._what = ""

    def begin(self, what):
        """The socket's timeout is for one operation."""
        if (socket := self.socket()) is None:
            raise described(SSLError, SSL_ERROR_SYSCALL, "Underlying socket connection gone")
        self._timeout = socket.gettimeout()
        self._deadline = time.monotonic() + self._timeout if self._timeout else None
        self._what = what

    def _wait(self, description, events, want):
        if self._timeout == 0.0:
            raise want()
        remaining = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        if not descriptors.wait(description, events, remaining):
            raise TimeoutError(f"The {self._what} operation timed out")

    def _open(self):
        socket = self.socket()
        description = socket and socket._description
        if description is None:
            raise described(SSLError, SSL_ERROR_SYSCALL, "Underlying socket connection gone")
        return description

    def send(self, data):
        description = self._open()
        while (count := description.send(data)) == -errno.EAGAIN:
            self._wait(description, WRITABLE, want_write)
        if count < 0:
            raise descriptors.failure(-count)
        return count

    def feed(self, handle):
        if not self._rest:
            description = self._open()
            while (count := description.receive_into(self._buffer)) == -errno.EAGAIN:
                self._wait(description, READABLE, want_read)
            if count < 0:
                raise descriptors.failure(-count)
            if count == 0:
                return host.tls_feed(handle, b"")
            self._rest = memoryview(self._buffer)[:count]
        return self.feed_rest(handle)

    def feed_rest(self, handle):
        """What the host did not take when it came, because it held enough already."""
        count = host.tls_feed(handle, self._rest) if self._rest else 0
        if count > 0:
            self._rest = self._rest[count:]
        return count
