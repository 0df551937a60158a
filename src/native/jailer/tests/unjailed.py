"""A zygote without a jail, for tests of the jailer where no jail can be made. Speaks the protocol of
`native::messages` on descriptor 3; sys.argv[1] says what is wrong with it, if anything."""

import array
import json
import os
import selectors
import socket
import sys

WRONG = sys.argv[1]


def receive(sock, most):
    size = array.array("i").itemsize
    text, control, _, _ = sock.recvmsg(1 << 16, socket.CMSG_SPACE(most * size))
    fds = array.array("i")
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(data[: len(data) - len(data) % size])
    return text, list(fds)


def child(sock):
    if WRONG == "children die":
        os._exit(1)
    sock.send(b'"parked"')
    text, fds = receive(sock, 3)
    if not text:
        os._exit(0)
    with open(fds[0]) as program:
        program = json.load(program)
    null = os.open("/dev/null", os.O_RDONLY)
    for number, fd in enumerate([null, fds[1], fds[2]]):
        os.dup2(fd, number)
        os.close(fd)
    code = 0
    try:
        exec(compile(program["code"], program["file_name"], "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        code = end.code or 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        code = 255
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main():
    jailer = socket.socket(fileno=3)
    if WRONG == "no start":
        jailer.send(b'{"failed": {"reason": "nothing works here"}}')
        sys.exit(1)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    import signal

    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    layers = b'"landlock": "off: not here"' if WRONG == "no landlock" else b""
    jailer.send(b'{"ready": {"imported": [], "failed": {}, "layers": {%s}}}' % layers)
    selector = selectors.DefaultSelector()
    selector.register(jailer, selectors.EVENT_READ)
    selector.register(woken, selectors.EVENT_READ)
    children = {}
    while True:
        ready = [key.fileobj for key, _ in selector.select()]
        if woken in ready:
            os.read(woken, 4096)
            while children:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    break
                number = children.pop(pid)
                said = {
                    "child": number,
                    "status": status,
                    "cpu_us": int((usage.ru_utime + usage.ru_stime) * 1e6),
                    "memory_bytes": usage.ru_maxrss << 10,
                }
                jailer.send(json.dumps({"exited": said}).encode())
        if jailer in ready:
            text, fds = receive(jailer, 1)
            if not text:
                os._exit(0)
            number = json.loads(text)["fork"]["child"]
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                import ctypes

                ctypes.CDLL(None).prctl(1, signal.SIGKILL)
                sock = socket.socket(fileno=fds[0])
                for fd in (3, woken, wake):
                    os.close(fd)
                child(sock)
            os.close(fds[0])
            children[pid] = number


main()
