# What every attack begins with. `NUMBERS` (system calls by name) and `HOST` (what there is to reach
# outside) come before it; `attack`, a function, comes after it, and then `tell(attack)`.

import ctypes
import errno
import mmap
import os
import signal
import socket
import struct
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


class Refused(Exception):
    """It came to nothing, and there is no error of the kernel's to show for it."""


def call(name, *arguments):
    """A system call, past Python and the C library."""
    return numbered(NUMBERS[name], *arguments)


def numbered(number, *arguments):
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result = libc.syscall(ctypes.c_long(number), *words)
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def first_that_works(*attempts):
    """What the first of some attempts returns that works; the last one's error if none does."""
    refusal = None
    for attempt in attempts:
        try:
            return attempt()
        except (OSError, Refused) as error:
            refusal = error
    raise refusal


# A function that returns 42.
CODE = {
    "x86_64": bytes.fromhex("b82a000000c3"),
    "aarch64": bytes.fromhex("40058052c0035fd6"),
}[os.uname().machine]


def run_at(address):
    """Calls the machine code at an address."""
    answer = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    if answer != 42:
        raise Refused(f"another function than {CODE!r}: {answer}")
    return "own machine code"


def run_code(memory):
    memory.seek(0)
    memory.write(CODE)
    return run_at(ctypes.addressof(ctypes.c_char.from_buffer(memory)))


def others():
    """Processes that are not this one, if there is a way to know any."""
    known = [HOST["bystander"], os.getppid()]
    return [pid for pid in known if pid > 0 and pid != os.getpid()]


def tell(attack):
    out = os.dup(1)
    try:
        evidence = attack()
    except (OSError, MemoryError, Refused, RuntimeError, ValueError) as refusal:
        name = errno.errorcode.get(getattr(refusal, "errno", None), type(refusal).__name__)
        line = f"REFUSED {name}: {refusal}"
    else:
        line = f"SUCCEEDED {evidence}"
    os.write(out, line.replace("\n", " ").encode("utf-8", "replace")[:500] + b"\n")
