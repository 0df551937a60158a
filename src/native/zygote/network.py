"""The network of a program that has one: Python's sockets of the internet, without any. The program asks
the jailer on the socket that its child has anyway, and is handed a connected socket in the place of its
own. Messages are `FromProgram`, `ToProgram` and `Settled` of `native::messages`.

A socket object that is not connected yet lies on one end of a pair whose other end is closed. While it
is being connected it lies on the pair on which the jailer's answer comes, which is writable and readable
from then on, as a program expects that waits for it; whatever is done with the object next finds the
answer and puts the connection in its place, at the same descriptor.

This is a convenience and no boundary: a program that goes around it talks to the same jailer.
"""

import array
import errno
import json
import os
import select
import socket
import threading
import time
import warnings

import _socket

_INET = (socket.AF_INET, socket.AF_INET6)
_MAX_MESSAGE = 64 << 10
_TYPE = 0xF
# Options that a program may set before it is connected: set then. Others are for other sockets.
_LATER = {
    (socket.SOL_SOCKET, getattr(socket, name)) for name in ("SO_KEEPALIVE", "SO_RCVTIMEO", "SO_SNDTIMEO")
} | {
    (socket.IPPROTO_TCP, getattr(socket, name))
    for name in ("TCP_NODELAY", "TCP_CORK", "TCP_QUICKACK", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
}
# What programs set by habit, and what means nothing here: to no effect.
_IDLE = {
    (socket.SOL_SOCKET, getattr(socket, name))
    for name in ("SO_REUSEADDR", "SO_REUSEPORT", "SO_LINGER", "SO_OOBINLINE", "SO_BROADCAST", "SO_RCVBUF", "SO_SNDBUF")
} | {(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY), (socket.IPPROTO_IP, socket.IP_TOS), (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)}

_channel = None
_lock = threading.Lock()
_last_id = 0
# By descriptor.
_states = {}
# A socket may have more than one descriptor: then its end is not told.
_copied = False
# As they were.
_dup = _socket.dup
_class = socket.socket
_init, _real_close = _class.__init__, _class._real_close
_raw = _socket.socket


class _State:
    """Of a socket that is not connected, or whose connection is no socket of the internet."""

    __slots__ = ("inode", "options", "peer", "is_pending", "error")

    def __init__(self, fd):
        self.inode = os.fstat(fd).st_ino
        self.options = {}
        # Whom it is being, or is, connected with.
        self.peer = None
        self.is_pending = False
        # What became of it, until somebody asks.
        self.error = None

    @property
    def is_connected(self):
        return self.peer is not None and not self.is_pending


def enable(channel):
    """In a child, before its program. `channel` leads to the jailer."""
    global _channel
    _channel = channel
    for name, value in _METHODS.items():
        value.__name__ = name
        value.__qualname__ = "socket." + name
        setattr(_class, name, value)
    for name, value in _FUNCTIONS.items():
        value.__qualname__ = value.__name__ = name
        setattr(_socket, name, value)
        if name != "getaddrinfo":
            setattr(socket, name, value)


def trust(authorities):
    """In the zygote: every TLS context that trusts what it does by default, or certifi's list, trusts these
    as well."""
    import ssl

    by_default = ssl.SSLContext.set_default_verify_paths
    load_defaults, load = ssl.SSLContext.load_default_certs, ssl.SSLContext.load_verify_locations

    def set_default_verify_paths(self):
        by_default(self)
        load(self, cadata=authorities)

    def load_default_certs(self, purpose=ssl.Purpose.SERVER_AUTH):
        load_defaults(self, purpose)
        load(self, cadata=authorities)

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        load(self, cafile, capath, cadata)
        if cafile is not None and os.fsdecode(cafile).endswith("/certifi/cacert.pem"):
            load(self, cadata=authorities)

    for method in (set_default_verify_paths, load_default_certs, load_verify_locations):
        method.__qualname__ = "SSLContext." + method.__name__
        setattr(ssl.SSLContext, method.__name__, method)


# The jailer.


def _ask(wish):
    """The descriptor on which the answer comes."""
    global _last_id
    with _lock:
        _last_id += 1
        number = _last_id
        try:
            _channel.send(json.dumps({"id": number, "wish": wish}).encode())
            while True:
                answer, fds = _receive(_channel, 0)
                if answer is None:
                    raise OSError(errno.ENETDOWN, "the network of this program was closed")
                if answer["id"] == number:
                    break
                # Of a wish that was interrupted.
                for fd in fds:
                    os.close(fd)
        except ValueError:
            raise OSError(errno.ENETDOWN, "the network of this program was closed") from None
    if answer["refused"] is not None:
        raise OSError(*answer["refused"])
    return fds[0]


def _receive(channel, flags):
    data, ancillary, _, _ = _raw.recvmsg(channel, _MAX_MESSAGE, _socket.CMSG_SPACE(4), flags | socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return (json.loads(data) if data else None), list(fds)


def _wait(fd, deadline):
    """False when it is too late."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    while True:
        if deadline is None:
            poll.poll()
            return True
        left = deadline - time.monotonic()
        if poll.poll(max(0, left * 1000)):
            return True
        if left <= 0:
            return False


def _is_ready(fd):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def _read(fd):
    """What came on a pair, and the connection with it, if there is one."""
    channel = _raw(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fd)
    try:
        answer, fds = _receive(channel, socket.MSG_DONTWAIT)
    finally:
        channel.detach()
    return answer, (fds[0] if fds else None)


def _failure(answer):
    """The exception for an answer that is no connection."""
    if answer is None:
        return OSError(errno.ENETDOWN, "the network of this program was closed")
    kind, detail = next(iter(answer["not-connected"].items()))
    if kind == "refused":
        return PermissionError(errno.EPERM, detail)
    if kind == "lookup":
        return _lookup_failure(detail)
    if kind == "unreachable":
        number, why = detail
        return OSError(number, os.strerror(number))
    if kind == "proxy":
        return ConnectionError(errno.ECONNREFUSED, detail)
    return OSError(errno.ENETDOWN, detail)


def _lookup_failure(detail):
    kind, why = next(iter(detail.items()))
    if kind == "refused":
        return socket.gaierror(socket.EAI_FAIL, why)
    if kind == "not-found":
        return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


# Names.


def _text(host):
    """A host as text, as C encodes it."""
    if isinstance(host, (bytes, bytearray)):
        return bytes(host).decode("ascii")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise UnicodeError("encoding with 'idna' codec failed (%s)" % error) from None


def _is_address(family, host):
    try:
        _socket.inet_pton(family, host.partition("%")[0] if family == socket.AF_INET6 else host)
        return True
    except OSError:
        return False


def _addresses(host):
    """Pairs of family and text."""
    for family in _INET:
        if _is_address(family, host):
            return [(family, host.partition("%")[0])]
    try:
        # Also as 127.1 and 0x7f.1.
        return [(socket.AF_INET, _socket.inet_ntoa(_socket.inet_aton(host)))]
    except OSError:
        pass
    fd = _ask({"lookup": {"host": host}})
    try:
        _wait(fd, None)
        answer, _ = _read(fd)
    finally:
        os.close(fd)
    if answer is None:
        raise socket.gaierror(socket.EAI_AGAIN, "the network of this program was closed")
    if "no-addresses" in answer:
        raise _lookup_failure(answer["no-addresses"])
    return [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in answer["addresses"]]


def _service(port):
    if port is None:
        return 0
    if isinstance(port, int):
        return port & 0xFFFF
    port = port.decode() if isinstance(port, (bytes, bytearray)) else port
    if port.strip().isdigit():
        return int(port) & 0xFFFF
    known = {"http": 80, "https": 443, "ftp": 21, "ssh": 22, "smtp": 25, "imap": 143, "imaps": 993, "smtps": 465}
    try:
        return known.get(port) or _socket.getservbyname(port)
    except OSError:
        raise socket.gaierror(socket.EAI_SERVICE, "Servname not supported for ai_socktype") from None


def _getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if host is None and port is None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if family not in (0, *_INET):
        raise socket.gaierror(socket.EAI_FAMILY, "ai_family not supported")
    number = _service(port)
    if host is None or host in ("", b""):
        passive = flags & socket.AI_PASSIVE
        found = [(socket.AF_INET6, "::" if passive else "::1"), (socket.AF_INET, "0.0.0.0" if passive else "127.0.0.1")]
        name = ""
    else:
        name = _text(host)
        is_numeric = any(_is_address(each, name) for each in _INET)
        if flags & socket.AI_NUMERICHOST and not is_numeric:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found = _addresses(name)
    found = [each for each in found if family in (0, each[0])]
    if not found:
        raise socket.gaierror(getattr(socket, "EAI_ADDRFAMILY", -9), "Address family for hostname not supported")
    kinds = [
        (kind, protocol)
        for kind, protocol in ((socket.SOCK_STREAM, socket.IPPROTO_TCP), (socket.SOCK_DGRAM, socket.IPPROTO_UDP), (socket.SOCK_RAW, 0))
        if type & _TYPE in (0, kind) and (proto in (0, protocol) or not protocol)
    ]
    if not kinds:
        raise socket.gaierror(socket.EAI_SOCKTYPE, "ai_socktype not supported")
    canonical = name if flags & socket.AI_CANONNAME else ""
    results = []
    for each, address in found:
        target = (address, number) if each == socket.AF_INET else (address, number, 0, 0)
        for kind, protocol in kinds:
            results.append((each, kind, proto or protocol, canonical, target))
            canonical = ""
    return results


def _gethostbyname(hostname):
    return _gethostbyname_ex(hostname)[2][0]


def _gethostbyname_ex(hostname):
    name = _text(hostname)
    found = [address for family, address in _addresses(name) if family == socket.AF_INET]
    if not found:
        raise socket.gaierror(getattr(socket, "EAI_ADDRFAMILY", -9), "Address family for hostname not supported")
    return name, [], found


def _gethostbyaddr(ip_address):
    raise socket.herror(1, "Unknown host")


# Sockets.


def _placeholder():
    """A descriptor for a socket that is not connected."""
    one, other = _socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    other.close()
    return one.detach()


def _state(self):
    if not _states:
        return None
    fd = self.fileno()
    state = _states.get(fd)
    if state is None:
        return None
    if os.fstat(fd).st_ino != state.inode:
        # It was closed by its number, and this is another.
        del _states[fd]
        return None
    return state


def _settle(self):
    """Puts the connection in its place, if it has come. Returns the state that is left."""
    state = _state(self)
    if state is not None and state.is_pending:
        fd = self.fileno()
        if _is_ready(fd):
            _replace(fd, state)
            return _states.get(fd)
    return state


def _replace(fd, state):
    answer, connection = _read(fd)
    state.is_pending = False
    if connection is None:
        state.error, state.peer = _failure(answer), None
        connection = _placeholder()
    is_tcp = state.peer is not None and _family(connection) in _INET
    _move(connection, fd)
    state.inode = os.fstat(fd).st_ino
    if is_tcp:
        del _states[fd]
    if state.peer is not None:
        channel = _raw(socket.AF_INET, socket.SOCK_STREAM, 0, fd)
        try:
            for (level, option), value in state.options.items():
                if is_tcp or level == socket.SOL_SOCKET:
                    try:
                        channel.setsockopt(level, option, value)
                    except OSError:
                        pass
        finally:
            channel.detach()


def _family(fd):
    channel = _raw(fileno=fd)
    family = channel.family
    channel.detach()
    return family


def _move(source, fd):
    """Puts `source` at `fd`, waiting or not as what was there."""
    os.set_blocking(source, os.get_blocking(fd))
    os.dup2(source, fd, False)
    os.close(source)


def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
    kind = (socket.SOCK_STREAM if type == -1 else type) & _TYPE
    inet = socket.AF_INET if family == -1 else family
    if fileno is not None or inet not in _INET or kind != socket.SOCK_STREAM or proto not in (-1, 0, socket.IPPROTO_TCP):
        return _init(self, family, type, proto, fileno)
    fd = _placeholder()
    wanted = socket.SOCK_STREAM if type == -1 else type
    try:
        _init(self, inet, wanted, max(proto, 0), fd)
        if wanted & getattr(socket, "SOCK_NONBLOCK", 0):
            self.setblocking(False)
        _states[fd] = _State(fd)
    except BaseException:
        os.close(fd)
        raise


def _target(self, address):
    if not isinstance(address, tuple):
        raise TypeError("connect(): AF_INET address must be tuple, not %s" % type(address).__name__)
    if len(address) < 2 or len(address) > (2 if self.family == socket.AF_INET else 4):
        raise TypeError("AF_INET address must be a pair (host, port)")
    host, port = address[:2]
    if not isinstance(host, (str, bytes, bytearray)):
        raise TypeError("str, bytes or bytearray expected, not %s" % type(host).__name__)
    if not isinstance(port, int):
        raise TypeError("'%s' object cannot be interpreted as an integer" % type(port).__name__)
    if not 0 <= port <= 0xFFFF:
        raise OverflowError("connect(): port must be 0-65535.")
    host = _text(host)
    if host == "":
        host = "0.0.0.0" if self.family == socket.AF_INET else "::"
    if not any(_is_address(each, host) for each in _INET):
        host = _getaddrinfo(host, port, self.family, socket.SOCK_STREAM)[0][4][0]
    return host.partition("%")[0], port


def _connect(self, address):
    """Returns an error number, 0 if it is connected; raises what tells more."""
    state = _settle(self)
    if state is None:
        # Some other socket, or one that is connected: the kernel says so.
        return _raw.connect(self, address) or 0
    if state.error is not None:
        error, state.error = state.error, None
        raise error
    if state.is_connected:
        return errno.EISCONN
    if state.is_pending:
        return errno.EALREADY
    fd = self.fileno()
    host, port = _target(self, address)
    timeout = self.gettimeout()
    deadline = None if timeout is None else time.monotonic() + timeout
    pair = _ask({"connect": {"host": host, "port": port}})
    _move(pair, fd)
    state.inode = os.fstat(fd).st_ino
    state.peer = (host, port) if self.family == socket.AF_INET else (host, port, 0, 0)
    state.is_pending = True
    if timeout == 0:
        return errno.EINPROGRESS
    if not _wait(fd, deadline):
        _move(_placeholder(), fd)
        state.inode, state.peer, state.is_pending = os.fstat(fd).st_ino, None, False
        raise TimeoutError("timed out") if socket.timeout is TimeoutError else socket.timeout("timed out")
    _replace(fd, state)
    if state.error is not None:
        error, state.error = state.error, None
        raise error
    return 0


def connect(self, address):
    if _state(self) is None:
        return _raw.connect(self, address)
    code = _connect(self, address)
    if code:
        raise OSError(code, os.strerror(code))


def connect_ex(self, address):
    if _state(self) is None:
        return _raw.connect_ex(self, address)
    try:
        return _connect(self, address)
    except socket.gaierror:
        raise
    except OSError as error:
        return error.errno or errno.EAGAIN


def getsockopt(self, level, option, *size):
    state = _settle(self)
    if level == socket.SOL_SOCKET and option == socket.SO_ERROR and state is not None:
        error, state.error = state.error, None
        if error is None:
            return 0
        if isinstance(error, PermissionError):
            # Its words say what to change.
            raise error
        return error.errno if error.errno and error.errno > 0 else errno.EHOSTUNREACH
    if state is not None and (level, option) in _LATER | _IDLE and (level != socket.SOL_SOCKET or (level, option) in state.options):
        return state.options.get((level, option), 0)
    return _raw.getsockopt(self, level, option, *size)


def setsockopt(self, level, option, *value):
    state = _settle(self)
    if (level, option) in _IDLE:
        return None
    if state is None or (state.is_connected and level == socket.SOL_SOCKET):
        return _raw.setsockopt(self, level, option, *value)
    if (level, option) not in _LATER or len(value) != 1:
        raise OSError(errno.ENOPROTOOPT, os.strerror(errno.ENOPROTOOPT))
    state.options[level, option] = value[0]


def getpeername(self):
    state = _settle(self)
    if state is None:
        return _raw.getpeername(self)
    if not state.is_connected:
        raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
    return state.peer


def getsockname(self):
    if _settle(self) is None:
        return _raw.getsockname(self)
    return ("0.0.0.0", 0) if self.family == socket.AF_INET else ("::", 0, 0, 0)


def bind(self, address):
    if _settle(self) is None:
        return _raw.bind(self, address)
    # Which of this machine's addresses it has is not for programs to choose: any is what they get.
    if not (isinstance(address, tuple) and address[:1] in (("",), ("0.0.0.0",), ("::",)) and not address[1]):
        raise PermissionError(errno.EPERM, "programs cannot choose their own address or listen")


def _unconnected(state):
    return state is not None and not state.is_connected


def _transfer(name):
    raw = getattr(_raw, name)

    def method(self, *arguments, **more):
        if _states and _unconnected(_settle(self)):
            state = _state(self)
            error, state.error = state.error, None
            if state.is_pending:
                if self.gettimeout() == 0:
                    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
                timeout = self.gettimeout()
                if not _wait(self.fileno(), None if timeout is None else time.monotonic() + timeout):
                    raise socket.timeout("timed out")
                return method(self, *arguments, **more)
            raise error or OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return raw(self, *arguments, **more)

    return method


def _close(self, *arguments):
    fd = self.fileno()
    state = _states.pop(fd, None)
    inode = None
    if self.family in _INET and fd >= 0 and (state is None or state.is_connected) and not _copied:
        inode = os.fstat(fd).st_ino
    _real_close(self, *arguments)
    if inode is not None:
        # Who watches it has it open as well.
        try:
            _channel.send(json.dumps({"id": 0, "wish": {"closed": {"inode": inode}}}).encode())
        except (OSError, ValueError):
            pass


def __del__(self):
    fd = self.fileno()
    if fd >= 0:
        warnings.warn("unclosed %r" % (self,), ResourceWarning, source=self)
        self._real_close()


def _note_copy(fd):
    global _copied
    _copied = True
    return _dup(fd)


def dup(self):
    """As the original, whose copy is to know what is known of this one."""
    _settle(self)
    fd = socket.dup(self.fileno())
    copy = self.__class__(self.family, self.type, self.proto, fileno=fd)
    copy.settimeout(self.gettimeout())
    state = _state(self)
    if state is not None and not state.is_pending:
        _states[fd] = state
    return copy


_FUNCTIONS = {
    "getaddrinfo": _getaddrinfo,
    "gethostbyname": _gethostbyname,
    "gethostbyname_ex": _gethostbyname_ex,
    "gethostbyaddr": _gethostbyaddr,
    "dup": _note_copy,
}

_METHODS = {
    "__init__": __init__,
    "connect": connect,
    "connect_ex": connect_ex,
    "getsockopt": getsockopt,
    "setsockopt": setsockopt,
    "getpeername": getpeername,
    "getsockname": getsockname,
    "bind": bind,
    "dup": dup,
    "_real_close": _close,
    "__del__": __del__,
}
for _name in ("send", "sendall", "sendmsg", "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "shutdown"):
    _METHODS[_name] = _transfer(_name)
