"""What a socket's number stands for, and waiting for it.

A socket's number has to be there before it is connected, may be given away (`detach`) and may have
several owners (`dup`), so the numbers are the guest's own and stand for descriptions: a connection
of the host's, one end of a pair inside the guest, or a name being looked up. They begin far above
the files' and none is given twice in a run.
"""

import errno
import os
import time
from array import array

from _network import host

READABLE, WRITABLE, ERROR, HANG_UP = 1, 2, 4, 8

_FOREVER = -1
_LONGEST_SECONDS = 9e9  # whose nanoseconds are an i64

_FIRST_NUMBER = 1_000_000
_PAIR_CAPACITY = 212_992  # Linux's for a pair of Unix sockets
# A reason of the host's says more than the error's usual text; for the others programs expect that.
_SAY_WHY = {errno.EPERM, errno.EPROTO, errno.EIO, errno.EMFILE, errno.EDQUOT, errno.EINVAL}

_table = {}
_next_number = _FIRST_NUMBER


def failure(number, reason=None):
    """The exception for an error number of the host's, which the last call gave."""
    if reason is None:
        reason = host.reason() if number in _SAY_WHY else ""
    return OSError(number, reason or os.strerror(number))


def add(description):
    """A new number for it."""
    global _next_number
    number = _next_number
    _next_number += 1
    _table[number] = description
    description.owners += 1
    return number


def find(number):
    try:
        return _table[number]
    except KeyError:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None


def remove(number):
    """Closes what it stands for with the last number."""
    description = _table.pop(number, None)
    if description is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    description.owners -= 1
    if not description.owners:
        description.close()


class Stream:
    """A TCP connection, or what may become one."""

    __slots__ = (
        "owners",
        "handle",
        "connecting",
        "failed",
        "peer",
        "bound",
        "options",
        "peeked",
        "decrypted",
        "receives",
        "sends",
    )

    def __init__(self):
        self.owners = 0
        self.handle = None
        self.connecting = False
        self.failed = None  # the exception that SO_ERROR has not told yet
        self.peer = None
        self.bound = None
        self.options = {}
        self.peeked = b""
        self.decrypted = None  # says whether there is something to read already, in TLS above this
        self.receives = self.sends = True  # not shut down

    def connect(self, address, port):
        """Begins to connect; 0, or the number of an error (EINPROGRESS: wait until it is writable)."""
        if self.handle is not None:
            return errno.EALREADY if self.settle() == errno.EINPROGRESS else errno.EISCONN
        handle = host.connect(address, port)
        if handle < 0:
            self.failed = failure(-handle)
            return -handle
        self.handle, self.connecting, self.peer = handle, True, (address, port)
        return self.settle()

    def settle(self):
        """What became of connecting: 0, or the number of an error, whose exception is in `failed`."""
        if self.connecting:
            result = host.status(self.handle)
            if -result == errno.EINPROGRESS:
                return errno.EINPROGRESS
            self.connecting = False
            if result < 0:
                self.failed = failure(-result)
                host.close(self.handle)
                self.handle = None
                return -result
        return 0 if self.handle is not None else errno.ENOTCONN

    def receive(self, size):
        """Bytes, or the number of an error, negative."""
        if self.peeked and size:
            return self._after_peeking(size)
        if not self.receives:
            return b""
        if self.connecting or self.handle is None:
            return self._not_connected()
        return host.receive(self.handle, size)

    def receive_into(self, space):
        if self.peeked and len(space):
            data = self._after_peeking(len(space))
            space[: len(data)] = data
            return len(data)
        if not self.receives:
            return 0
        if self.connecting or self.handle is None:
            return self._not_connected()
        return host.receive_into(self.handle, space)

    def _after_peeking(self, size):
        data, self.peeked = self.peeked[:size], self.peeked[size:]
        if len(data) < size and isinstance(more := host.receive(self.handle, size - len(data)), bytes):
            data += more
        return data

    def send(self, data):
        if not self.sends:
            return -errno.EPIPE
        if self.connecting or self.handle is None:
            error = self._not_connected()
            # Linux: who sends on a socket that never was connected learns that its pipe is broken.
            return -errno.EPIPE if error == -errno.ENOTCONN else error
        return host.send(self.handle, data)

    def _not_connected(self):
        error = self.settle()
        if error == 0 or error == errno.EINPROGRESS:
            return -errno.EAGAIN
        return -error

    def shut_down(self, receiving, sending):
        error = self.settle()
        if error:
            return -errno.ENOTCONN
        if receiving:
            self.receives = False
        if sending and self.sends:
            self.sends = False
            return host.shutdown(self.handle)
        return 0

    def name(self):
        """Its own address as text and its port, or None."""
        if self.settle():
            return self.bound
        text = host.address(self.handle, 0)
        if not isinstance(text, str):
            return self.bound
        address, _, port = text.rpartition(" ")
        return address, int(port)

    def happened(self, wanted):
        """What is to be said without asking the host."""
        if self.handle is None:
            return WRITABLE | HANG_UP | (ERROR | READABLE if self.failed else 0)
        if self.peeked or not self.receives or (self.decrypted is not None and self.decrypted()):
            return READABLE & wanted
        return 0

    def close(self):
        if self.handle is not None:
            host.close(self.handle)
            self.handle = None


class End:
    """One end of a socket pair, inside the guest."""

    __slots__ = (
        "owners",
        "handle",
        "incoming",
        "other",
        "ended",
        "closed",
        "options",
        "peeked",
        "decrypted",
        "receives",
        "sends",
        "failed",
    )
    peer = bound = None
    connecting = False

    def __init__(self):
        self.owners = 0
        self.handle = None
        self.incoming = bytearray()
        self.other = None
        self.ended = False  # the other end sends no more
        self.closed = False
        self.options = {}
        self.peeked = b""
        self.decrypted = None
        self.receives = self.sends = True
        self.failed = None

    def connect(self, address, port):
        return errno.EISCONN

    def settle(self):
        return 0

    def receive(self, size):
        if self.peeked:
            self.incoming[:0], self.peeked = self.peeked, b""
        if not self.incoming:
            return b"" if self.ended or not self.receives or not size else -errno.EAGAIN
        data = bytes(self.incoming[:size])
        del self.incoming[:size]
        return data

    def receive_into(self, space):
        data = self.receive(len(space))
        if isinstance(data, int):
            return data
        space[: len(data)] = data
        return len(data)

    def send(self, data):
        if not self.sends or self.other.closed or not self.other.receives:
            return -errno.EPIPE
        room = _PAIR_CAPACITY - len(self.other.incoming)
        if room <= 0:
            return -errno.EAGAIN
        piece = memoryview(data).cast("B")[:room]
        self.other.incoming += piece
        return len(piece)

    def shut_down(self, receiving, sending):
        if receiving:
            self.receives = False
        if sending:
            self.sends = False
            self.other.ended = True
        return 0

    def name(self):
        return None

    def happened(self, wanted):
        events = 0
        if self.incoming or self.peeked or self.ended or not self.receives:
            events |= READABLE
        if self.decrypted is not None and self.decrypted():
            events |= READABLE
        if self.other.closed:
            return (events | WRITABLE) & wanted | HANG_UP
        if len(self.other.incoming) < _PAIR_CAPACITY:
            events |= WRITABLE
        return events & wanted

    def close(self):
        self.closed = self.other.ended = True


def pair():
    one, two = End(), End()
    one.other, two.other = two, one
    return one, two


class Lookup:
    """A name being looked up: becomes readable."""

    __slots__ = ("owners", "handle")

    def __init__(self, handle):
        self.owners = 0
        self.handle = handle

    def happened(self, wanted):
        return 0

    def close(self):
        host.close(self.handle)


class _File:
    """A file of WASI's: never makes anyone wait."""

    handle = None

    def happened(self, wanted):
        return wanted & (READABLE | WRITABLE)


_A_FILE = _File()


def for_polling(number):
    """What a number stands for, files included."""
    found = _table.get(number)
    if found is None:
        os.fstat(number)
        return _A_FILE
    return found


def poll(wanted, seconds):
    """Waits for the first event; `wanted`: pairs of a description and events. What happened to each.

    `seconds` of None is for ever. Ends inside the guest change only while the program runs, so that
    only what the host has is waited for.
    """
    result = [description.happened(events) for description, events in wanted]
    ready = any(result)
    entries, places = array("I"), []
    for place, (description, events) in enumerate(wanted):
        if description.handle is not None:
            entries.append(description.handle)
            entries.append(events)
            places.append(place)
    if not places:
        if not ready:
            _pause(seconds)
        return result
    count = host.poll(entries, 0 if ready else _nanoseconds(seconds))
    if count < 0:
        raise failure(-count)
    if count:
        for index, place in enumerate(places):
            result[place] |= entries[2 * index + 1] >> 16
    return result


def wait(description, events, seconds):
    """Waits for one; false when nothing happened in that time."""
    if description.happened(events):
        return True
    if description.handle is None:
        _pause(seconds)
        return False
    result = host.wait(description.handle, events, _nanoseconds(seconds))
    if result < 0:
        raise failure(-result)
    return bool(result)


def _nanoseconds(seconds):
    return _FOREVER if seconds is None else int(min(max(seconds, 0), _LONGEST_SECONDS) * 1e9)


def _pause(seconds):
    """The host's deadline ends a program that waits for what cannot happen."""
    if seconds is None:
        while True:
            time.sleep(3600)
    if seconds > 0:
        time.sleep(seconds)
