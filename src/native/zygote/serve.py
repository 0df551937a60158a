"""The zygote's work: imports, then a child for each message of the jailer's, until the jailer is
gone. Messages are those of `native::messages`."""

import array
import collections
import gc
import json
import os
import select
import signal
import socket
import sys

import _belljar_jail as jail_module
import _belljar_kernel as kernel
import _belljar_network as network
import _belljar_preload as preload
import _belljar_program as program

DOOR = 3
_MAX_MESSAGE = 64 << 10
# What a child ends with that cannot be locked in.
_EXIT_NOT_LOCKED_IN = 70
_THREAD_STACK = 2 << 20
_REHEARSAL_SECONDS = 10

Child = collections.namedtuple("Child", "number uid parent")


def _receive(channel, descriptors):
    """A message and what came with it; None when the other side is gone."""
    ancillary = socket.CMSG_SPACE(descriptors * array.array("i").itemsize)
    data, control, _, _ = channel.recvmsg(_MAX_MESSAGE, ancillary, socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, content in control:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return (json.loads(data) if data else None), list(fds)


def _send(channel, message, fds=()):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    channel.sendmsg([json.dumps(message).encode()], rights)


class Zygote:
    def __init__(self, config, code):
        self._config = config
        self._code = code
        self._door = socket.socket(fileno=DOOR)
        self._jail = jail_module.Jail(config)
        # Process id to child.
        self._children = {}
        self._next_uid = 0
        self._own_pid_namespace = config["pid_namespace"]

    def run(self):
        """Returns in children only, with a program to be run when `code` has been."""
        try:
            self._prepare()
        except Exception as error:
            _send(self._door, {"failed": {"reason": "%s: %s" % (type(error).__name__, error)}})
            os._exit(1)
        wake_up, write_end = os.pipe()
        os.set_blocking(wake_up, False)
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        poll = select.poll()
        poll.register(DOOR, select.POLLIN)
        poll.register(wake_up, select.POLLIN)
        while True:
            try:
                for fd, _ in poll.poll():
                    if fd == DOOR:
                        if self._serve_one():
                            return
                    else:
                        os.read(wake_up, 4096)
                self._reap()
            except ConnectionError:
                # The jailer is gone; the kernel ends what is left in this PID namespace.
                os._exit(0)

    def _prepare(self):
        self._jail.enter_zygote()
        program.prepare(self._config["site"])
        jail_module.end_by_default()
        kernel.shrink_thread_stacks(_THREAD_STACK)
        spec = self._config["spec"]
        layers = dict(self._config["layers"])
        # Some packages make their contexts when they are imported.
        if spec["authorities"]:
            try:
                network.trust(spec["authorities"])
            except Exception as error:
                layers["ca-file"] = "off: %s: %s" % (type(error).__name__, error)
        imported, failed = preload.import_all(self._config["site"], spec["preload"])
        # No layer, and nothing to mend: packages such as pyarrow have some, and do without.
        threads = preload.threads() - 1
        if threads:
            layers["imported-threads"] = "%d, which children do not have" % threads
        self._jail.measure()
        layers.update(self._rehearse())
        _send(self._door, {"ready": {"imported": imported, "failed": failed, "layers": layers}})
        gc.collect()
        # What is here now no collection will look at, and so write to, again.
        gc.freeze()

    def _rehearse(self):
        """A child is locked in and runs a program that says so: what becomes of each layer here."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child = self._child(0)
        pid = self._fork()
        if pid == 0:
            os.dup2(theirs.detach(), jail_module.SOCKET, False)
            ours.detach()
            self._door.detach()
            try:
                report = self._jail.rehearse(child)
                channel = socket.socket(fileno=jail_module.SOCKET)
                version = self._jail.landlock_version
                _send(channel, {"layers": report, "off": self._jail.off, "landlock": version})
                channel.detach()
            finally:
                os._exit(0)
        theirs.close()
        ours.settimeout(_REHEARSAL_SECONDS)
        try:
            answer, _ = _receive(ours, 0)
        except socket.timeout:
            answer = None
            os.kill(pid, signal.SIGKILL)
        ours.close()
        status = os.waitpid(pid, 0)[1]
        if answer is None or status != 0:
            raise OSError("a child cannot lock itself in: it ended with status %d" % status)
        self._jail.off = answer["off"]
        report = answer["layers"]
        without = self._config["spec"]["without"]
        off = {name: why for name, why in answer["off"].items() if name not in without and "left out" not in why}
        missing = [name for name in off if name in jail_module.MANDATORY or name.startswith("limit-")]
        # Versions before the third let a program truncate the files of the user that it shares.
        landlock = "landlock" not in answer["off"] and (answer["landlock"] >= 3 or "mount" in self._config["namespaces"])
        if "identity" in answer["off"] and not landlock and not {"identity", "landlock"} & set(without):
            missing += ["identity", "landlock"]
        # What a program leaves in the host's /tmp the next one would find.
        if "mount" not in self._config["namespaces"] and not landlock and not {"namespaces", "mount-namespace", "landlock"} & set(without):
            missing.append("landlock")
        if missing:
            raise OSError("without these nothing can be run: %s" % "; ".join("%s: %s" % (name, answer["off"].get(name, "too old")) for name in missing))
        return report

    def _child(self, number):
        """With an id that none of its living siblings has."""
        ids = self._config["ids"]
        if ids is None:
            return Child(number, None, os.getpid())
        taken = {child.uid for child in self._children.values()}
        for _ in range(ids["count"]):
            uid = ids["first"] + self._next_uid
            self._next_uid = (self._next_uid + 1) % ids["count"]
            if uid not in taken:
                return Child(number, uid, os.getpid())
        raise OSError("there are more children than ids")

    def _fork(self):
        if self._own_pid_namespace is not None:
            # Where the last child's namespace was made; then one for the next.
            kernel.setns(self._own_pid_namespace, kernel.CLONE_NEWPID)
            kernel.unshare(kernel.CLONE_NEWPID)
        return os.fork()

    def _serve_one(self):
        """True in a child that has a program."""
        message, fds = _receive(self._door, 1)
        if message is None:
            raise ConnectionResetError
        number = message["fork"]["child"]
        child = None
        try:
            child = self._child(number)
            pid = self._fork()
        except OSError as error:
            _send(self._door, {"exited": {"child": number, "status": _EXIT_NOT_LOCKED_IN << 8, "cpu_us": 0, "memory_bytes": 0}})
            for fd in fds:
                os.close(fd)
            return False
        if pid == 0:
            self._be_child(child, fds[0])
            return True
        os.close(fds[0])
        self._children[pid] = child
        return False

    def _reap(self):
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._children.pop(pid, None)
            if child is not None:
                _send(self._door, {"exited": {
                    "child": child.number,
                    "status": status,
                    "cpu_us": int((usage.ru_utime + usage.ru_stime) * 1e6),
                    "memory_bytes": usage.ru_maxrss * 1024,
                }})

    def _be_child(self, child, fd):
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._door.detach()
            os.dup2(fd, jail_module.SOCKET, False)
            channel = socket.socket(fileno=jail_module.SOCKET)
            try:
                preload.renew_randomness()
                listener = self._jail.enter(child)
            except BaseException as error:
                _send(channel, {"failed": {"reason": "%s: %s" % (type(error).__name__, error)}})
                raise
            _send(channel, "parked", () if listener is None else (listener,))
            if listener is not None:
                os.close(listener)
            text = self._wait_for_program(channel)
            program.arm(text, self._code)
        except BaseException:
            os._exit(_EXIT_NOT_LOCKED_IN)

    def _wait_for_program(self, channel):
        message, fds = _receive(channel, 3)
        if message is None or len(fds) != 3:
            os._exit(0)
        source, stdout, stderr = fds
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        os.close(stdout)
        os.close(stderr)
        self._jail.lower_limits(message["run"]["limits"])
        if message["run"].get("network"):
            self._jail.confine_to_network()
            network.enable(channel)
        else:
            # From here on nobody is listened to any more.
            channel.close()
        with open(source, "rb") as file:
            return json.loads(file.read())


def main(config, code):
    Zygote(config, code).run()
