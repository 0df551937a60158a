"""Names and addresses: `getaddrinfo` and its relatives over the host's resolver.

A look-up is two steps, `Request` and `result`, so that asyncio can do something else in between.
Forward only: the host resolves no address to a name, so those are shown as numbers.
"""

import errno
import os

from _network import descriptors, host
from _network.socket_names import *

__all__ = """
gaierror herror getaddrinfo getnameinfo gethostbyname gethostbyname_ex gethostbyaddr gethostname sethostname
getservbyname getservbyport getprotobyname if_nameindex if_nametoindex if_indextoname
inet_aton inet_ntoa inet_pton inet_ntop htons htonl ntohs ntohl
""".split()

_SERVICES = {
    "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "http": 80, "pop3": 110, "nntp": 119, "ntp": 123,
    "imap2": 143, "imap": 143, "ldap": 389, "https": 443, "submissions": 465, "submission": 587, "ldaps": 636,
    "ftps": 990, "imaps": 993, "pop3s": 995, "mysql": 3306, "postgresql": 5432, "amqp": 5672, "redis": 6379,
    "http-alt": 8080,
}  # fmt: skip
_PROTOCOLS = {"ip": 0, "icmp": 1, "tcp": 6, "udp": 17, "ipv6": 41, "ipv6-icmp": 58}
# What a look-up offers for an address when the caller wants no particular type, as glibc.
_TYPES = ((SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP), (SOCK_RAW, IPPROTO_IP))
_OWN_NAME = "localhost"
_LOOPBACK = ["127.0.0.1", "::1"]
_RECEIVE = 64 * 1024


class herror(OSError):
    __module__ = "socket"


class gaierror(OSError):
    __module__ = "socket"


class LookupRefused(gaierror, PermissionError):
    """The policy says no. For programs that expect a look-up to fail, and for those that ask why."""

    __module__ = "socket"


_NO_NAME = (EAI_NONAME, "Name or service not known")
_FAILURES = {
    errno.ENOENT: _NO_NAME,
    errno.EAGAIN: (EAI_AGAIN, "Temporary failure in name resolution"),
    errno.EIO: (EAI_AGAIN, "Temporary failure in name resolution"),
    errno.EINVAL: _NO_NAME,
}


def failure(number):
    """The exception for an error number that a look-up gave."""
    if number == errno.EPERM:
        return LookupRefused(number, host.reason() or os.strerror(number))
    if number in _FAILURES:
        return gaierror(*_FAILURES[number])
    return descriptors.failure(number)


def address_text(text, family):
    """The usual form of a numeric address, or None: it is a name."""
    if family != AF_INET6 and (packed := host.aton(text)) is not None:
        return host.ntop(packed)
    if family != AF_INET and (packed := host.pton(True, text)) is not None:
        return host.ntop(packed)
    return None


def socket_address(text, port):
    return (text, port, 0, 0) if ":" in text else (text, port)


class Request:
    """A look-up under way. `number` is to be waited for, readable; None: the result is there."""

    def __init__(self, name, service, family=0, type=0, proto=0, flags=0):
        self.number = None
        self._addresses = None
        self._name = _host_text(name)
        self._port = _port_of(service, flags)
        self._flags = flags
        self._family = int(family)
        if self._family not in (AF_UNSPEC, AF_INET, AF_INET6):
            raise gaierror(EAI_FAMILY, "ai_family not supported")
        type, proto = int(type) & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), int(proto)
        self._kinds = [
            (t, proto or p) for t, p in _TYPES if type in (0, t) and (proto in (0, p) or t == SOCK_RAW and type)
        ]
        if not self._kinds:
            raise gaierror(EAI_SOCKTYPE, "ai_socktype not supported")
        self._begin()

    def _begin(self):
        name = self._name
        if name is None:
            self._addresses = ["0.0.0.0", "::"] if self._flags & AI_PASSIVE else ["::1", "127.0.0.1"]
            return
        if (address := address_text(name, AF_UNSPEC)) is not None:
            if self._family and self._family != (AF_INET6 if ":" in address else AF_INET):
                raise gaierror(EAI_ADDRFAMILY, "Address family for hostname not supported")
            self._addresses = [address]
            return
        if self._flags & AI_NUMERICHOST or not name or "\0" in name:
            raise gaierror(*_NO_NAME)
        handle = host.lookup(name)
        if handle < 0:
            self._refused(-handle)
        else:
            self.number = descriptors.add(descriptors.Lookup(handle))

    def _refused(self, number):
        # Programs ask for their own name to introduce themselves (SMTP), and want to hear something.
        if self._name.lower() != _OWN_NAME:
            raise failure(number)
        self._addresses = _LOOPBACK

    def receive(self):
        """Takes the answer, which is there or waited for."""
        lookup = descriptors.find(self.number)
        try:
            while isinstance(answer := host.receive(lookup.handle, _RECEIVE), int):
                if answer != -errno.EAGAIN:
                    self._refused(-answer)
                    return
                descriptors.wait(lookup, descriptors.READABLE, None)
            self._addresses = answer.decode().split()
        finally:
            self.close()

    def close(self):
        if self.number is not None:
            descriptors.remove(self.number)
            self.number = None

    def addresses(self):
        """The addresses of the wanted family as text; never none."""
        if self._addresses is None:
            self.receive()
        found = [text for text in self._addresses if self._family in (0, AF_INET6 if ":" in text else AF_INET)]
        if not found:
            raise gaierror(EAI_NODATA, "No address associated with hostname")
        return found

    def result(self):
        """As `getaddrinfo` returns it."""
        name = self._name if self._flags & AI_CANONNAME and self._name else ""
        result = []
        for text in self.addresses():
            family = AF_INET6 if ":" in text else AF_INET
            for type, proto in self._kinds:
                result.append((family, type, proto, name, socket_address(text, self._port)))
                name = ""
        return result


def _host_text(name):
    if name is None:
        return None
    if isinstance(name, str):
        # As CPython: whatever is not ASCII becomes an A-label.
        return name if name.isascii() else name.encode("idna").decode("ascii")
    if isinstance(name, (bytes, bytearray)):
        return bytes(name).decode("ascii", "replace")
    raise TypeError("getaddrinfo() argument 1 must be string or None")


def _port_of(service, flags):
    if service is None:
        return 0
    if isinstance(service, (bytes, bytearray)):
        service = bytes(service).decode("ascii", "replace")
    if isinstance(service, str):
        if not service:
            return 0
        if service.isascii() and service.isdigit():
            return int(service) & 0xFFFF
        if flags & AI_NUMERICSERV:
            raise gaierror(*_NO_NAME)
        if service not in _SERVICES:
            raise gaierror(EAI_SERVICE, "Servname not supported for ai_socktype")
        return _SERVICES[service]
    if hasattr(service, "__index__"):
        return service.__index__() & 0xFFFF
    raise OSError("Int or String expected")


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    return Request(host, port, family, type, proto, flags).result()


def resolve(name, family):
    """One address of a family as text, for `connect` and `bind`."""
    return Request(name, None, family, SOCK_STREAM).addresses()[0]


def gethostbyname(name, /):
    if name == "":
        return "0.0.0.0"
    if name == "<broadcast>":
        return "255.255.255.255"
    return resolve(name, AF_INET)


def gethostbyname_ex(name, /):
    return _host_text(name), [], Request(name, None, AF_INET, SOCK_STREAM).addresses()


def gethostbyaddr(name, /):
    addresses = Request(name, None, 0, SOCK_STREAM).addresses()
    if addresses[0] in _LOOPBACK:
        return _OWN_NAME, [], addresses[:1]
    if addresses == [address_text(name, AF_UNSPEC)]:
        raise herror(1, "Unknown host")
    return name, [], addresses


def getnameinfo(sockaddr, flags, /):
    if not isinstance(sockaddr, tuple):
        raise TypeError("getnameinfo() argument 1 must be a tuple")
    text, port = sockaddr[:2]
    if not isinstance(port, int) or not 0 <= port <= 0xFFFF:
        raise OverflowError("getsockaddrarg: port must be 0-65535.")
    address = address_text(text, AF_UNSPEC)
    if address is None:
        raise gaierror(*_NO_NAME)
    if not flags & NI_NUMERICHOST and address in _LOOPBACK:
        address = _OWN_NAME
    elif flags & NI_NAMEREQD:
        raise gaierror(*_NO_NAME)
    if not flags & NI_NUMERICSERV:
        for name, number in _SERVICES.items():
            if number == port:
                return address, name
    return address, str(port)


def getservbyname(name, protocol="tcp", /):
    try:
        return _SERVICES[name]
    except KeyError:
        raise OSError("service/proto not found") from None


def getservbyport(port, protocol="tcp", /):
    if not 0 <= port <= 0xFFFF:
        raise OverflowError("getservbyport: port must be 0-65535.")
    for name, number in _SERVICES.items():
        if number == port:
            return name
    raise OSError("port/proto not found")


def getprotobyname(name, /):
    try:
        return _PROTOCOLS[name]
    except KeyError:
        raise OSError("protocol not found") from None


def gethostname():
    return _OWN_NAME


def sethostname(name, /):
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def if_nameindex():
    return [(1, "lo")]


def if_nametoindex(name, /):
    if name in ("lo", b"lo"):
        return 1
    raise OSError(errno.ENODEV, "no interface with this name")


def if_indextoname(index, /):
    if index < 0:
        raise OverflowError("can't convert negative value to unsigned int")
    if index == 1:
        return "lo"
    raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))


def inet_aton(text, /):
    if (packed := host.aton(text)) is None:
        raise OSError("illegal IP address string passed to inet_aton")
    return packed


def inet_ntoa(packed, /):
    if len(packed) != 4:
        raise OSError("packed IP wrong length")
    return host.ntop(packed)


def inet_pton(family, text, /):
    if family not in (AF_INET, AF_INET6):
        raise OSError(errno.EAFNOSUPPORT, "unknown address family")
    if (packed := host.pton(family == AF_INET6, text)) is None:
        raise OSError("illegal IP address string passed to inet_pton")
    return packed


def inet_ntop(family, packed, /):
    if family not in (AF_INET, AF_INET6):
        raise ValueError("unknown address family %d" % family)
    if len(packed) != (16 if family == AF_INET6 else 4):
        raise ValueError("invalid length of packed IP address string")
    return host.ntop(packed)


def _swapped(name, size):
    # The guest is little-endian as x86 is.
    def swap(value, /):
        if value < 0:
            raise OverflowError(f"{name}: can't convert negative Python int to C {8 * size}-bit unsigned integer")
        if value >> (8 * size):
            raise OverflowError(f"{name}: Python int too large to convert to C {8 * size}-bit unsigned integer")
        return int.from_bytes(value.to_bytes(size, "little"), "big")

    swap.__name__ = swap.__qualname__ = name
    return swap


htons, ntohs = _swapped("htons", 2), _swapped("ntohs", 2)
htonl, ntohl = _swapped("htonl", 4), _swapped("ntohl", 4)
