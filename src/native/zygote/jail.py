"""How a child locks itself in, and before it the zygote. One method for each layer.

A layer that the rehearsal (`serve.py`) could not put on is left out and reported; one that it could
has to succeed in every child: `enter` raises otherwise, and the child ends without having run
anything.
"""

import os
import resource
import signal
import struct

import _belljar_kernel as kernel

# Descriptors of a child: 0 to 2, and the socket to the jailer.
SOCKET = 3
# Without these nothing runs. So it is without `identity` and `landlock` both.
MANDATORY = ("close-fds", "no-new-privs", "not-dumpable", "seccomp")

_MiB = 1 << 20
# What importing further packages maps, beyond the memory that a program may use.
_ADDRESS_SPACE_SLACK = 512 * _MiB
# What is left for the traceback of a MemoryError.
REPORT_RESERVE = 8 * _MiB
_OPEN_FILES = 256
_STACK = 8 * _MiB
_PENDING_SIGNALS = 64
# What there is to be read of a program's own process: libraries for numbers look at its memory, and
# duckdb does not start when it cannot read in which control group it is (inside a namespace of its own:
# in `/`). The rest tells of the host: mounts, connections.
_OWN_PROCESS = ("cgroup", "cmdline", "fd", "maps", "smaps", "stat", "statm", "status")
# Of a user id that is not the child's alone: how many processes and threads of others there may be.
_SHARED_ID_PROCESSES = 512


class Jail:
    def __init__(self, config):
        self._config = config
        self._limits = config["spec"]["limits"]
        self._without = config["spec"]["without"]
        self._namespaces = config["namespaces"]
        self._ids = config["ids"]
        self._filters = {name: bytes(each) for name, each in config["filters"].items()}
        self.learning = config["spec"]["learning"]
        self._listener = None
        # What a child may write to.
        self._own_folder = None
        self._baseline = None
        # Hard limits, by number.
        self._most = {}
        self._bounding = []
        self.landlock_version = 0
        # Layers that the rehearsal could not put on.
        self.off = {}

    # The zygote.

    def enter_zygote(self):
        """Before anything foreign is imported."""
        kernel.forbid_dumps()
        kernel.forbid_new_privileges()
        if not {"seccomp", "zygote-seccomp"} & set(self._without):
            kernel.set_filter(self._config["numbers"]["seccomp"], self._filters["zygote"], False)

    def measure(self):
        """Notes what all children share, before the first is made."""
        with open("/proc/self/statm") as file:
            pages = file.read().split()
        page = resource.getpagesize()
        self._baseline = {"address-space": int(pages[0]) * page, "data": int(pages[5]) * page}
        for name in dir(resource):
            if name.startswith("RLIMIT_"):
                most = resource.getrlimit(getattr(resource, name))[1]
                if most != resource.RLIM_INFINITY:
                    self._most[getattr(resource, name)] = most
        self._bounding = kernel.bounding_set()
        if "pid" in self._namespaces:
            # Each child is the first process of its namespace.
            self._filters = {name: _with_own_pid(each, self._config["own_pid"], 1) for name, each in self._filters.items()}

    # A child. `child` has: number, uid (None if it keeps the zygote's), parent.

    def layers(self):
        limits = [(name, getattr(self, "_" + name.replace("-", "_"))) for name in (
            "limit-core", "limit-cpu", "limit-data", "limit-address-space", "limit-stack", "limit-nofile", "limit-nproc",
            "limit-fsize", "limit-memlock", "limit-msgqueue", "limit-sigpending")]
        return [
            ("close-fds", self._close_fds),
            ("session", self._session),
            ("tmpfs", self._tmpfs),
            ("proc", self._proc),
            *limits,
            ("bounding-set", self._bounding_set),
            ("identity", self._identity),
            ("capabilities", self._capabilities),
            ("private-folder", self._private_folder),
            ("tether", self._tether),
            ("no-new-privs", self._no_new_privs),
            ("not-dumpable", self._not_dumpable),
            ("write-xor-execute", self._write_xor_execute),
            ("landlock", self._landlock),
            ("seccomp", self._seccomp),
        ]

    def enter(self, child):
        """Locks this process in. Returns the listener of its filter, or None."""
        self._child = child
        self._make_own_mounts()
        for name, put_on in self.layers():
            if name not in self.off:
                put_on(child)
        return self._listener

    def rehearse(self, child):
        """Does the same, and returns what became of each layer."""
        report = {}
        self._make_own_mounts()
        for name, put_on in self.layers():
            if report.get(name, "on").startswith("off"):
                continue
            try:
                left_out = name in self._without or (name.startswith("limit-") and "limits" in self._without)
                report[name] = "off: left out" if left_out else "on: " + put_on(child)
            except OSError as error:
                report[name] = "off: %s" % error
            if report[name].startswith("off"):
                self.off[name] = report[name]
        return report

    def lower_limits(self, limits):
        """To those of the program, in a child that is locked in: they cannot be raised any more."""
        self._limits = {name: min(value, self._limits[name]) for name, value in limits.items() if name in self._limits}
        for name in ("limit-cpu", "limit-data", "limit-address-space", "limit-fsize", "limit-nproc"):
            if name not in self.off:
                getattr(self, "_" + name.replace("-", "_"))(self._child)

    def confine_to_network(self):
        """In a child that is locked in, whose program has the network: takes from it what could turn a
        connection to somebody else. The jailer, which is asked, allows one filter more."""
        kernel.set_filter(self._config["numbers"]["seccomp"], self._filters["network"], False)

    def _make_own_mounts(self):
        if "mount" in self._namespaces:
            kernel.unshare(kernel.CLONE_NEWNS)

    def _close_fds(self, child):
        kernel.close_from(SOCKET + 1)
        # The zygote's own would be open for all of its children as one: what one of them switches on it
        # others find.
        nothing = os.open("/dev/null", os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        return "all but the standard streams and the jailer's"

    def _session(self, child):
        # Process groups are not bounded by namespaces: kill(0, …) would reach the others.
        os.setsid()
        return "its own"

    def _tmpfs(self, child):
        if "mount" not in self._namespaces:
            raise OSError("no mounts here")
        owner = os.getuid() if child.uid is None else child.uid
        options = ["mode=0700", "uid=%d" % owner, "gid=%d" % owner]
        if "tmp-size" not in self._without:
            options.append("size=%d" % self._limits["tmp_bytes"])
        if "tmp-entries" not in self._without:
            # One is the folder itself.
            options.append("nr_inodes=%d" % (self._limits["tmp_files"] + 1))
        flags = kernel.MS_NOSUID | kernel.MS_NODEV
        if "tmp-noexec" not in self._without:
            flags |= kernel.MS_NOEXEC
        kernel.mount("tmpfs", "/tmp", "tmpfs", flags, ",".join(options))
        self._own_folder = "/tmp"
        return ", ".join(options)

    def _proc(self, child):
        if "mount" not in self._namespaces:
            raise OSError("no mounts here")
        flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
        kernel.mount("proc", "/proc", "proc", flags, "subset=pid,hidepid=invisible")
        return "its own processes only"

    def _limit(self, which, soft, hard=None):
        hard = soft if hard is None else hard
        most = self._most.get(which, hard)
        soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(which, (soft, hard))
        # What is set here may be lowered once more.
        self._most[which] = hard
        return str(soft)

    def _limit_core(self, child):
        return self._limit(resource.RLIMIT_CORE, 0)

    def _limit_cpu(self, child):
        # Whole seconds are all that the kernel has here; the jailer looks closer.
        return self._limit(resource.RLIMIT_CPU, -(-self._limits["cpu_ms"] // 1000) + 1) + " s"

    def _limit_data(self, child):
        soft = self._baseline["data"] + self._limits["memory_bytes"]
        return self._limit(resource.RLIMIT_DATA, soft, soft + REPORT_RESERVE)

    def _limit_address_space(self, child):
        soft = self._baseline["address-space"] + self._limits["memory_bytes"] + _ADDRESS_SPACE_SLACK
        return self._limit(resource.RLIMIT_AS, soft, soft + REPORT_RESERVE)

    def _limit_nofile(self, child):
        return self._limit(resource.RLIMIT_NOFILE, _OPEN_FILES)

    def _limit_nproc(self, child):
        most = self._limits["threads"] + 1
        return self._limit(resource.RLIMIT_NPROC, most if child.uid else most + _SHARED_ID_PROCESSES)

    def _limit_fsize(self, child):
        return self._limit(resource.RLIMIT_FSIZE, self._limits["tmp_bytes"])

    def _limit_stack(self, child):
        return self._limit(resource.RLIMIT_STACK, _STACK)

    def _limit_memlock(self, child):
        return self._limit(resource.RLIMIT_MEMLOCK, 0)

    def _limit_msgqueue(self, child):
        return self._limit(resource.RLIMIT_MSGQUEUE, 0)

    def _limit_sigpending(self, child):
        return self._limit(resource.RLIMIT_SIGPENDING, _PENDING_SIGNALS)

    def _bounding_set(self, child):
        kernel.drop_from_bounding_set(self._bounding)
        return "none"

    def _identity(self, child):
        if child.uid is None:
            raise OSError("not root: it keeps the id %d" % os.getuid())
        os.setgroups([])
        os.setresgid(child.uid, child.uid, child.uid)
        os.setresuid(child.uid, child.uid, child.uid)
        if set(os.getresuid() + os.getresgid()) != {child.uid}:
            raise OSError("the kernel kept an id")
        return "%d of its own" % child.uid

    def _capabilities(self, child):
        kernel.empty_capabilities()
        return "none"

    def _private_folder(self, child):
        if self._own_folder is not None:
            os.chdir(self._own_folder)
            return self._own_folder
        scratch = self._config["spec"]["scratch"]
        if scratch is None:
            raise OSError("there is no place to write to")
        self._own_folder = os.path.join(scratch, str(child.number))
        os.mkdir(self._own_folder, 0o700)
        os.chdir(self._own_folder)
        os.environ["TMPDIR"] = os.environ["HOME"] = self._own_folder
        os.environ["MPLCONFIGDIR"] = os.path.join(self._own_folder, ".matplotlib")
        return self._own_folder

    def _tether(self, child):
        # Changing the user undoes it, so it comes after.
        kernel.die_with_parent()
        if os.getppid() not in (child.parent, 0):
            raise OSError("the zygote is gone")
        return "set"

    def _no_new_privs(self, child):
        kernel.forbid_new_privileges()
        return "set"

    def _not_dumpable(self, child):
        kernel.forbid_dumps()
        return "set"

    def _write_xor_execute(self, child):
        kernel.forbid_new_code()
        return "set"

    def _landlock(self, child):
        if not self.landlock_version:
            self.landlock_version = kernel.landlock_version()
        rules = kernel.Landlock(self.landlock_version)
        for path in self._config["readable"]:
            rules.allow(path, rules.READ)
        if "mount" in self._namespaces:
            rules.allow("/", rules.LIST)
        for name in _OWN_PROCESS:
            rules.allow("/proc/self/" + name, rules.READ)
        for device in ("/dev/null", "/dev/zero", "/dev/full"):
            rules.allow(device, rules.READ | rules.WRITE)
        if self._own_folder is not None:
            rules.allow(self._own_folder, rules.OWN)
        rules.enforce()
        return "version %d" % self.landlock_version

    def _seccomp(self, child):
        number = self._config["numbers"]["seccomp"]
        ours = self._filters
        if "pid" not in self._namespaces:
            ours = {name: _with_own_pid(each, self._config["own_pid"], os.getpid()) for name, each in ours.items()}
        if "program" in ours and "listener" not in self.off:
            try:
                self._listener = kernel.set_filter(number, ours["program"], True)
                return "with names"
            except OSError as error:
                if self.learning:
                    raise
                self.off["listener"] = "off: %s" % error
        kernel.set_filter(number, ours["program_without_listener"], False)
        return "without names: %s" % self.off["listener"]


def _with_own_pid(program, mark, pid):
    """`program` with `pid` wherever a constant of its instructions is `mark`, which stands for it."""
    words = list(struct.unpack("=%dI" % (len(program) // 4), program))
    for index in range(1, len(words), 2):
        if words[index] == mark:
            words[index] = pid
    return struct.pack("=%dI" % len(words), *words)


def end_by_default():
    """Signals that end a process by default do so in the first process of a PID namespace as well."""
    kernel.end_on(
        (signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGTERM, signal.SIGVTALRM, signal.SIGPROF))
