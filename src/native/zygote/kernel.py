"""The kernel's calls that Python has no functions for. Each raises OSError when it fails."""

import ctypes
import os
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_READ, _PR_CAPBSET_DROP = 1, 4, 23, 24
_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_NEW_LISTENER, _SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1 << 3, 1 << 5
# The same number on every architecture.
_SYS_CLOSE_RANGE = 436
_SYS_LANDLOCK_CREATE_RULESET, _SYS_LANDLOCK_ADD_RULE, _SYS_LANDLOCK_RESTRICT_SELF = 444, 445, 446

_libc = ctypes.CDLL(None, use_errno=True)
_long = ctypes.c_long
_libc.syscall.restype = _long
_address = ctypes.addressof


def _call(name, *arguments):
    result = getattr(_libc, name)(*arguments)
    if result < 0:
        _fail(name)
    return result


def _syscall(name, number, *arguments):
    # Every argument as wide as a register: the rest of one would be undefined.
    result = _libc.syscall(_long(number), *map(_long, arguments))
    if result < 0:
        _fail(name)
    return result


def _fail(name):
    error = ctypes.get_errno()
    raise OSError(error, "%s: %s" % (name, os.strerror(error)))


def _prctl(option, argument, more=0):
    result = _libc.prctl(option, *map(ctypes.c_ulong, (argument, more, 0, 0)))
    if result < 0:
        _fail("prctl")
    return result


def unshare(flags):
    _call("unshare", flags)


def setns(fd, kind):
    _call("setns", fd, kind)


def mount(source, target, kind, flags, options):
    _call("mount", source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())


def close_from(lowest):
    """Closes every descriptor from `lowest` on."""
    _syscall("close_range", _SYS_CLOSE_RANGE, lowest, 0xFFFFFFFF, 0)


def bounding_set():
    """The capabilities that it holds."""
    # -1, for what the kernel does not know, is not 1.
    return [number for number in range(64) if _libc.prctl(_PR_CAPBSET_READ, ctypes.c_ulong(number)) == 1]


def drop_from_bounding_set(capabilities):
    for capability in capabilities:
        _prctl(_PR_CAPBSET_DROP, capability)


def empty_capabilities():
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    # _LINUX_CAPABILITY_VERSION_3; then effective, permitted, inheritable, twice 32 of each.
    header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
    sets = ctypes.create_string_buffer(24)
    _call("capset", header, sets)
    _call("capget", header, sets)
    if sets.raw[:24] != bytes(24):
        raise OSError("capset: the kernel kept some")


def die_with_parent():
    _prctl(_PR_SET_PDEATHSIG, 9)


def forbid_new_privileges():
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def forbid_dumps():
    _prctl(_PR_SET_DUMPABLE, 0)


def forbid_new_code():
    """No memory becomes executable that was not (Linux 6.3): PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN."""
    _prctl(65, 1)


def set_filter(number, program, listener):
    """Loads a seccomp filter, given the number of seccomp(2) here and the bytes of the program.

    Returns the descriptor of its listener if one is wanted, else None.
    """
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    if not listener:
        _syscall("seccomp", number, _SECCOMP_SET_MODE_FILTER, 0, _address(header))
        return None
    # A call that the jailer has heard of is not interrupted by signals any more (Linux 5.19).
    for flags in (_SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0):
        try:
            return _syscall("seccomp", number, _SECCOMP_SET_MODE_FILTER, flags | _SECCOMP_FILTER_FLAG_NEW_LISTENER, _address(header))
        except OSError:
            if not flags:
                raise


def landlock_version():
    # Without attributes, with this flag, the call tells it.
    return _syscall("landlock_create_ruleset", _SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1)


class Landlock:
    """A ruleset: everything that this kernel knows of is forbidden but what `allow` allows."""

    READ = 1 << 2 | 1 << 3  # files, directories
    WRITE = 1 << 1
    # Everything but execution (bit 0), character devices (6) and block devices (11).
    OWN = 0xFFFF & ~(1 << 0 | 1 << 6 | 1 << 11)

    def __init__(self, version):
        # As many rights as versions have added: truncation is in the third, ioctl in the fifth.
        rights = 13 + (version >= 2) + (version >= 3) + (version >= 5)
        self._handled = (1 << rights) - 1
        # Then TCP, and signals and abstract sockets to the outside.
        attributes = struct.pack("=QQQ", self._handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
        attributes = attributes[: 24 if version >= 6 else 16 if version >= 4 else 8]
        buffer = ctypes.create_string_buffer(attributes, len(attributes))
        self._fd = _syscall("landlock_create_ruleset", _SYS_LANDLOCK_CREATE_RULESET, _address(buffer), len(attributes), 0)
        # Refusals need no record in the kernel's log: the program that asks is nobody's secret.
        self._flags = 1 if version >= 7 else 0

    def allow(self, path, rights):
        """Also below it, if it is a directory. What is not there cannot be reached anyway."""
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        try:
            if not os.path.isdir(path):
                # Of files: execute, write, read, truncate, ioctl.
                rights &= 0b1100000000000111
            rule = ctypes.create_string_buffer(struct.pack("=Qi", rights & self._handled, place))
            _syscall("landlock_add_rule", _SYS_LANDLOCK_ADD_RULE, self._fd, 1, _address(rule), 0)
        finally:
            os.close(place)

    def enforce(self):
        _syscall("landlock_restrict_self", _SYS_LANDLOCK_RESTRICT_SELF, self._fd, self._flags)
        os.close(self._fd)


def flush_c_streams():
    """What C code printed and its library holds back."""
    _libc.fflush(None)


def shrink_thread_stacks(size):
    """Threads that programs start reserve so much, from the program's memory."""
    attributes = ctypes.create_string_buffer(256)
    if not _libc.pthread_attr_init(attributes):
        _libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(size))
        _libc.pthread_setattr_default_np(attributes)


def end_on(signals):
    """Let these signals end the process even when it is the first of its PID namespace, where the
    kernel drops signals whose disposition is the default one: `_exit` is their handler, and gets
    the number of the signal as the exit code."""
    handler = ctypes.cast(_libc._exit, ctypes.c_void_p).value
    _libc.signal.restype = ctypes.c_void_p
    for number in signals:
        _libc.signal(number, ctypes.c_void_p(handler))
