"""The module under CPython's `socket`: TCP connections over the host's functions, and socket pairs
inside the guest.

Same names, arguments, results and errors as the C module, as far as there is something to say: a
sandbox has no servers (`listen`), no datagrams and no Unix sockets, and refuses them as a system
would that does not permit them. Options are remembered and otherwise without effect.
"""

import errno
import os
import time

from _network import descriptors, lookup, socket_names
from _network.descriptors import READABLE, WRITABLE, failure
from _network.lookup import *
from _network.socket_names import *

__all__ = [name for name in dir(socket_names) if name[0] != "_"] + lookup.__all__
__all__ += [
    "SocketType",
    "close",
    "dup",
    "error",
    "getdefaulttimeout",
    "setdefaulttimeout",
    "socket",
    "socketpair",
    "timeout",
]

error = OSError
timeout = TimeoutError

_NONE, _NON_BLOCKING = None, 0.0
_TYPE_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC
_OPTION_DEFAULTS = {(SOL_SOCKET, SO_SNDBUF): 212_992, (SOL_SOCKET, SO_RCVBUF): 212_992, (SOL_SOCKET, SO_ACCEPTCONN): 0}
_ANY = {AF_INET: ("0.0.0.0", 0), AF_INET6: ("::", 0)}

_default_timeout = None


def getdefaulttimeout():
    return _default_timeout


def setdefaulttimeout(timeout, /):
    global _default_timeout
    _default_timeout = _checked_timeout(timeout)


def _checked_timeout(value):
    if value is None:
        return None
    if not isinstance(value, (int, float)) and not hasattr(value, "__float__") and not hasattr(value, "__index__"):
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
    value = float(value)
    if value != value:
        raise ValueError("Invalid value NaN (not a number)")
    if value < 0:
        raise ValueError("Timeout value out of range")
    if value > 9e9:
        raise OverflowError("timestamp too large to convert to C PyTime_t")
    return value


def _refused(what):
    return PermissionError(errno.EPERM, f"{what}: a sandboxed program has outgoing TCP connections only")


class socket:
    """A socket; what its number stands for is in `_network.descriptors`."""

    __slots__ = ("_number", "_description", "_domain", "_kind", "_protocol", "_wait")

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._number = -1
        self._description = None
        self._domain = self._kind = self._protocol = 0
        self._wait = None
        return self

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        family, type, proto = int(family), int(type), int(proto)
        if fileno is not None:
            if isinstance(fileno, float) or not hasattr(fileno, "__index__"):
                raise TypeError(f"'{fileno.__class__.__name__}' object cannot be interpreted as an integer")
            fileno = fileno.__index__()
            if fileno < 0:
                raise ValueError("negative file descriptor")
            description = descriptors.for_polling(fileno)
            if not isinstance(description, (descriptors.Stream, descriptors.End)):
                raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))
            if family == -1:
                family = (
                    AF_UNIX if isinstance(description, descriptors.End) else description.options.get("family", AF_INET)
                )
            self._adopt(fileno, description, family, SOCK_STREAM if type == -1 else type, max(proto, 0))
            return
        family = AF_INET if family == -1 else family
        kind = SOCK_STREAM if type == -1 else type
        if family == AF_UNIX:
            raise _refused("Unix socket")
        if family not in (AF_INET, AF_INET6):
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        if kind & ~_TYPE_FLAGS != SOCK_STREAM:
            raise _refused("UDP socket" if kind & ~_TYPE_FLAGS == SOCK_DGRAM else "raw socket")
        if proto not in (-1, 0, IPPROTO_TCP):
            raise OSError(errno.EPROTONOSUPPORT, os.strerror(errno.EPROTONOSUPPORT))
        description = descriptors.Stream()
        description.options["family"] = family
        self._adopt(descriptors.add(description), description, family, kind, max(proto, 0))

    def _adopt(self, number, description, family, kind, protocol):
        self._number, self._description = number, description
        self._domain, self._kind, self._protocol = family, kind & ~_TYPE_FLAGS, protocol
        self._wait = _NON_BLOCKING if kind & SOCK_NONBLOCK else _default_timeout

    def __repr__(self):
        return f"<socket object, fd={self._number}, family={self._domain}, type={self._kind}, proto={self._protocol}>"

    def __del__(self):
        if self._number == -1:
            return
        try:
            import warnings

            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:
            number, self._number, self._description = self._number, -1, None
            descriptors.remove(number)

    family = property(lambda self: self._domain)
    type = property(lambda self: self._kind)
    proto = property(lambda self: self._protocol)
    timeout = property(lambda self: self._wait)

    # Waiting

    def settimeout(self, value, /):
        self._open()
        self._wait = _checked_timeout(value)

    def gettimeout(self):
        return self._wait

    def setblocking(self, flag, /):
        self._open()
        self._wait = _NONE if flag else _NON_BLOCKING

    def getblocking(self):
        return self._wait != 0.0

    def _open(self):
        if self._description is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._description

    def _deadline(self):
        return time.monotonic() + self._wait if self._wait else None

    def _until(self, events, deadline, flags=0):
        """Waits, or raises what a caller gets who does not want to."""
        if self._wait == 0.0 or flags & MSG_DONTWAIT:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        remaining = None if deadline is None else deadline - time.monotonic()
        if remaining is not None and remaining <= 0 or not descriptors.wait(self._description, events, remaining):
            raise TimeoutError("timed out")

    # Connecting

    def connect(self, address, /):
        number = self._connect(self._parse(address, "connect"))
        if number:
            raise self._failure(number)

    def connect_ex(self, address, /):
        try:
            number = self._connect(self._parse(address, "connect_ex"))
        except TimeoutError:
            return errno.EAGAIN
        self._description.failed = None
        return number

    def _connect(self, address):
        description = self._open()
        number = description.connect(*address)
        if number != errno.EINPROGRESS or self._wait == 0.0:
            return number
        deadline = self._deadline()
        while (number := description.settle()) == errno.EINPROGRESS:
            self._until(WRITABLE, deadline)
        return number

    def _failure(self, number):
        exception, self._description.failed = self._description.failed, None
        if number == errno.ENOENT:
            return lookup.failure(number)
        return exception if exception is not None else failure(number, "")

    def _parse(self, address, caller):
        """A numeric address and a port, from what a program gives for an address."""
        if self._domain == AF_UNIX:
            raise OSError(errno.EISCONN if caller.startswith("connect") else errno.EINVAL, "a socket pair is connected")
        if not isinstance(address, tuple):
            raise TypeError(
                f"{caller}(): {_family_name(self._domain)} address must be tuple, not {address.__class__.__name__}"
            )
        if len(address) < 2 or len(address) > (4 if self._domain == AF_INET6 else 2):
            form = "a tuple (host, port[, flowinfo[, scopeid]])" if self._domain == AF_INET6 else "a pair (host, port)"
            raise TypeError(f"{_family_name(self._domain)} address must be {form}")
        name, port = address[:2]
        if not isinstance(name, (str, bytes, bytearray)):
            raise TypeError(f"str, bytes or bytearray expected, not {name.__class__.__name__}")
        if not hasattr(port, "__index__"):
            raise TypeError(f"'{port.__class__.__name__}' object cannot be interpreted as an integer")
        port = port.__index__()
        if not 0 <= port <= 0xFFFF:
            raise OverflowError(f"{caller}(): port must be 0-65535.")
        if not name:
            return _ANY[self._domain][0], port
        if name == "<broadcast>":
            return "255.255.255.255", port
        return lookup.resolve(name, self._domain), port

    def bind(self, address, /):
        """Asking for any port of this machine asks for nothing; a server's port is refused."""
        description = self._open()
        text, port = self._parse(address, "bind")
        if port:
            raise _refused(f"bind to port {port}")
        description.bound = text, port

    def listen(self, backlog=SOMAXCONN, /):
        self._open()
        raise _refused("listen")

    def _accept(self):
        self._open()
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    # Receiving

    def recv(self, bufsize, flags=0, /):
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        description = self._open()
        if flags & ~MSG_DONTWAIT:
            return self._receive_specially(description, bufsize, flags)
        data = description.receive(bufsize)
        if not isinstance(data, int):
            return data
        deadline = self._deadline()
        while isinstance(data, int):
            if data != -errno.EAGAIN:
                raise failure(-data)
            self._until(READABLE, deadline, flags)
            data = description.receive(bufsize)
        return data

    def _receive_specially(self, description, size, flags):
        """With MSG_PEEK, MSG_WAITALL; the others change nothing for a stream."""
        if flags & MSG_OOB:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        kept = flags & MSG_DONTWAIT
        if flags & MSG_PEEK:
            if not description.peeked:
                description.peeked = self.recv(size, kept)
            return description.peeked[:size]
        data = self.recv(size, kept)
        while flags & MSG_WAITALL and len(data) < size and (more := self.recv(size - len(data), kept)):
            data += more
        return data

    def recv_into(self, buffer, nbytes=0, flags=0):
        if nbytes < 0:
            raise ValueError("negative buffersize in recv_into")
        description = self._open()
        with memoryview(buffer) as view, view.cast("B") as space:
            if nbytes > len(space):
                raise ValueError("buffer too small for requested bytes")
            if nbytes and nbytes < len(space):
                with space[:nbytes] as part:
                    return self._receive_into(description, part, flags)
            return self._receive_into(description, space, flags)

    def _receive_into(self, description, space, flags):
        if flags & ~MSG_DONTWAIT:
            data = self._receive_specially(description, len(space), flags)
            space[: len(data)] = data
            return len(data)
        count = description.receive_into(space)
        if count >= 0:
            return count
        deadline = self._deadline()
        while count < 0:
            if count != -errno.EAGAIN:
                raise failure(-count)
            self._until(READABLE, deadline, flags)
            count = description.receive_into(space)
        return count

    def recvfrom(self, bufsize, flags=0, /):
        return self.recv(bufsize, flags), None

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        return self.recv_into(buffer, nbytes, flags), None

    def recvmsg(self, bufsize, ancbufsize=0, flags=0, /):
        return self.recv(bufsize, flags), [], 0, None

    def recvmsg_into(self, buffers, ancbufsize=0, flags=0, /):
        total = 0
        for buffer in buffers:
            size = memoryview(buffer).nbytes
            # Only for the first is waited; what has not come yet is the next call's.
            count = self.recv_into(buffer, 0, flags) if total == 0 else self._receive_rest(buffer)
            total += count
            if count < size:
                break
        return total, [], 0, None

    def _receive_rest(self, buffer):
        try:
            return self.recv_into(buffer, 0, MSG_DONTWAIT)
        except BlockingIOError:
            return 0

    # Sending

    def send(self, data, flags=0, /):
        description = self._open()
        count = description.send(data)
        if count >= 0:
            return count
        deadline = self._deadline()
        while count < 0:
            if count != -errno.EAGAIN:
                raise failure(-count)
            self._until(WRITABLE, deadline, flags)
            count = description.send(data)
        return count

    def sendall(self, data, flags=0, /):
        description = self._open()
        deadline = self._deadline()
        with memoryview(data) as view, view.cast("B") as rest:
            start = 0
            while start < len(rest):
                count = description.send(rest[start:] if start else rest)
                if count >= 0:
                    start += count
                elif count == -errno.EAGAIN:
                    self._until(WRITABLE, deadline, flags)
                else:
                    raise failure(-count)

    def sendto(self, data, *flags_and_address):
        if not 1 <= len(flags_and_address) <= 2:
            raise TypeError(f"sendto() takes 2 or 3 arguments ({1 + len(flags_and_address)} given)")
        return self.send(data)

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None, /):
        if tuple(ancdata):
            raise OSError(errno.EINVAL, "sendmsg: no ancillary data in a sandbox")
        return self.send(b"".join(buffers), flags)

    def shutdown(self, how, /):
        if how not in (SHUT_RD, SHUT_WR, SHUT_RDWR):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        result = self._open().shut_down(how != SHUT_WR, how != SHUT_RD)
        if result < 0:
            raise failure(-result)

    # What it is

    def fileno(self):
        return self._number

    def getsockname(self):
        name = self._open().name()
        if self._domain == AF_UNIX:
            return ""
        return lookup.socket_address(*(name or _ANY[self._domain]))

    def getpeername(self):
        description = self._open()
        if self._domain == AF_UNIX:
            return ""
        if description.settle():
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return lookup.socket_address(*description.peer)

    def getsockopt(self, level, option, buflen=0, /):
        description = self._open()
        if (level, option) == (SOL_SOCKET, SO_ERROR):
            value = self._pending_error(description)
        elif (level, option) == (SOL_SOCKET, SO_TYPE):
            value = self._kind
        elif (level, option) == (SOL_SOCKET, SO_DOMAIN):
            value = self._domain
        elif (level, option) == (SOL_SOCKET, SO_PROTOCOL):
            value = self._protocol or (0 if self._domain == AF_UNIX else IPPROTO_TCP)
        else:
            value = description.options.get((level, option), _OPTION_DEFAULTS.get((level, option), 0))
        if not buflen:
            return value if isinstance(value, int) else int.from_bytes(value[:4], "little")
        packed = value if isinstance(value, bytes) else value.to_bytes(4, "little", signed=value < 0)
        return packed[:buflen]

    def _pending_error(self, description):
        """What the policy refused is raised here, because a number could not tell the reason."""
        description.settle()
        exception, description.failed = description.failed, None
        if exception is None:
            return 0
        if exception.errno == errno.EPERM:
            raise exception
        return exception.errno

    def setsockopt(self, level, option, value, length=None, /):
        description = self._open()
        if value is None:
            value = bytes(length or 0)
        elif not hasattr(value, "__index__"):
            value = bytes(value)
        if (level, option) == (SOL_SOCKET, SO_BINDTODEVICE):
            raise _refused("SO_BINDTODEVICE")
        description.options[level, option] = value if isinstance(value, bytes) else value.__index__()

    # Letting go of it

    def detach(self):
        number, self._number, self._description = self._number, -1, None
        return number

    def close(self):
        if self._number != -1:
            number, self._number, self._description = self._number, -1, None
            descriptors.remove(number)


SocketType = socket


def _family_name(family):
    return "AF_INET6" if family == AF_INET6 else "AF_INET"


def close(fd, /):
    descriptors.remove(fd)


def dup(fd, /):
    return descriptors.add(descriptors.find(fd))


def socketpair(family=AF_UNIX, type=SOCK_STREAM, proto=0, /):
    if int(family) != AF_UNIX:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    if int(type) & ~_TYPE_FLAGS != SOCK_STREAM:
        raise _refused("socket pair of datagrams")
    sockets = []
    for description in descriptors.pair():
        made = socket.__new__(socket)
        made._adopt(descriptors.add(description), description, AF_UNIX, int(type), int(proto))
        sockets.append(made)
    return tuple(sockets)
