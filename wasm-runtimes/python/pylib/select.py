"""`select` and `poll` for sockets, of the host's and inside the guest. Files are always ready."""

import errno
import os

from _network import descriptors
from _network.descriptors import ERROR, HANG_UP, READABLE, WRITABLE

error = OSError

POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL = 1, 2, 4, 8, 16, 32
POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLWRBAND, POLLRDHUP = 64, 128, 256, 512, 0x2000
PIPE_BUF = 4096

_READING, _WRITING = POLLIN | POLLRDNORM | POLLRDHUP, POLLOUT | POLLWRNORM


def _number_of(file):
    if isinstance(file, int):
        number = file
    else:
        try:
            method = file.fileno
        except AttributeError:
            raise TypeError("argument must be an int, or have a fileno() method.") from None
        number = method()
        if not isinstance(number, int):
            raise TypeError("fileno() returned a non-integer")
    if number < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({number})")
    return number


def _mask(events):
    if not 0 <= events <= 0xFFFF:
        raise OverflowError("unsigned short is greater than maximum" if events > 0 else "can't convert negative value")
    return events


def _seconds(timeout):
    if timeout is None:
        return None
    if (
        not isinstance(timeout, (int, float))
        and not hasattr(timeout, "__float__")
        and not hasattr(timeout, "__index__")
    ):
        raise TypeError("timeout must be a number or None")
    return float(timeout)


def select(rlist, wlist, xlist, timeout=None, /):
    seconds = _seconds(timeout)
    if seconds is not None and seconds < 0:
        raise ValueError("timeout must be non-negative")
    files, wanted = [], []
    for which, events in ((rlist, READABLE), (wlist, WRITABLE), (xlist, 0)):
        for file in which:
            description = descriptors.for_polling(_number_of(file))
            files.append((file, events))
            wanted.append((description, events))
    readable, writable = [], []
    for (file, events), happened in zip(files, descriptors.poll(wanted, seconds)):
        # An error or the end is something to be read, and lets no writer wait.
        if events and happened:
            (readable if events == READABLE else writable).append(file)
    return readable, writable, []


class poll:
    """A polling object."""

    def __init__(self):
        self._wanted = {}

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT, /):
        self._wanted[_number_of(fd)] = _mask(eventmask)

    def modify(self, fd, eventmask, /):
        number = _number_of(fd)
        if number not in self._wanted:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        self._wanted[number] = _mask(eventmask)

    def unregister(self, fd, /):
        del self._wanted[_number_of(fd)]

    def poll(self, timeout=None, /):
        milliseconds = _seconds(timeout)
        if milliseconds == 0 and not self._wanted:
            return []
        result, numbers, wanted = [], [], []
        for number, mask in self._wanted.items():
            try:
                description = descriptors.for_polling(number)
            except OSError:
                result.append((number, POLLNVAL))
                continue
            numbers.append((number, mask))
            wanted.append((description, (mask & _READING and READABLE) | (mask & _WRITING and WRITABLE)))
        seconds = None if milliseconds is None or milliseconds < 0 else milliseconds / 1000
        if result:
            seconds = 0
        for (number, mask), happened in zip(numbers, descriptors.poll(wanted, seconds)):
            if happened:
                events = 0
                if happened & READABLE:
                    events |= mask & (POLLIN | POLLRDNORM)
                if happened & WRITABLE:
                    events |= mask & _WRITING
                if happened & ERROR:
                    events |= POLLERR
                if happened & HANG_UP:
                    events |= POLLHUP
                if events:
                    result.append((number, events))
        return result
