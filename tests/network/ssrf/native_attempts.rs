//! What only native programs can try: system calls, and what was handed to them.

use super::WhenOpened::{Harmless, ReachesByNumber, Refused};
use super::{Attempt, WhenOpened};
use crate::tier::Language::Python;

const fn attempt(name: &'static str, when_opened: WhenOpened, code: &'static str) -> Attempt {
    Attempt {
        name,
        language: Python,
        code,
        when_opened,
    }
}

pub const ALL: &[Attempt] = &[
    attempt("the C library's connect", ReachesByNumber, "
        import ctypes, os, socket, struct
        libc = ctypes.CDLL(None, use_errno=True)
        fd = libc.socket(2, 1, 0)
        to = struct.pack('!HH4s8x', socket.htons(2), 80, bytes([10, 0, 0, 5]))
        if fd < 0 or libc.connect(fd, to, 16) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return os.read(fd, 1000)
    "),
    attempt("the kernel's connect, without the C library's", ReachesByNumber, "
        import ctypes, os, socket, struct
        libc = ctypes.CDLL(None, use_errno=True)
        fd = libc.syscall(41, 2, 1, 0)
        to = struct.pack('!HH4s8x', socket.htons(2), 80, bytes([127, 0, 0, 1]))
        if fd < 0 or libc.syscall(42, fd, to, 16) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return os.read(fd, 1000)
    "),
    attempt("connecting while sending", Refused, "
        import ctypes, os, socket, struct
        libc = ctypes.CDLL(None, use_errno=True)
        fd = socket.socket().detach()
        to = struct.pack('!HH4s8x', socket.htons(2), 80, bytes([127, 0, 0, 1]))
        if libc.sendto(fd, b'x', 1, 0x20000000, to, 16) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return os.read(fd, 1000)
    "),
    attempt("a connection of the policy's, taken apart and connected anew", Refused, "
        import ctypes, os, socket, struct
        libc = ctypes.CDLL(None, use_errno=True)
        s = socket.create_connection(('public.example.net', 80), timeout=5)
        libc.syscall(42, s.fileno(), struct.pack('H14x', 0), 16)
        to = struct.pack('!HH4s8x', socket.htons(2), 80, bytes([127, 0, 0, 1]))
        if libc.syscall(42, s.fileno(), to, 16) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return s.recv(1000)
    "),
    attempt("a connection of the policy's, made to listen", Refused, "
        import ctypes, os, socket, struct
        libc = ctypes.CDLL(None, use_errno=True)
        s = socket.create_connection(('public.example.net', 80), timeout=5)
        libc.syscall(42, s.fileno(), struct.pack('H14x', 0), 16)
        if libc.syscall(50, s.fileno(), 5) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return s.getsockname()
    "),
    attempt("a connection of the policy's, sending elsewhere", Refused, "
        import socket
        s = socket.create_connection(('public.example.net', 80), timeout=5)
        s.settimeout(2)
        # A stream ignores the address, or refuses it.
        s.sendto(b'GET / HTTP/1.0\\r\\n\\r\\n', ('127.0.0.1', 80))
        text = s.makefile().read()
        if 'hello' in text:
            raise OSError('it went to the public server')
        return text
    "),
    attempt("options of a connection that change where it goes", Harmless, "
        import socket
        s = socket.create_connection(('public.example.net', 80), timeout=5)
        said = []
        for level, option, value in [(socket.SOL_SOCKET, 25, b'lo\\0'), (socket.IPPROTO_IP, 19, 1), (socket.IPPROTO_TCP, 19, 1), (socket.SOL_SOCKET, 36, 1)]:
            try:
                s.setsockopt(level, option, value)
                said.append('set')
            except OSError as error:
                said.append(str(error))
        return said
    "),
    attempt("every descriptor told to dial", Harmless, "
        import json, os, socket
        message = json.dumps({'dial': {'who': {'tenant': 'x', 'request': 'x'}, 'to': {'host': '127.0.0.1', 'address': None, 'port': 80}}}).encode()
        said = []
        for fd in range(3, 256):
            one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                s = socket.socket(fileno=os.dup(fd))
                socket.send_fds(s, [message], [other.fileno()])
                one.settimeout(0.5)
                said.append((fd, repr(one.recv(1000))))
            except OSError as error:
                said.append((fd, error.errno))
        return said
    "),
    attempt("other kinds of sockets", Refused, "
        import socket
        said = []
        for family, kind, protocol in [(16, 3, 0), (17, 3, 0), (40, 1, 0), (2, 3, 1), (2, 1, 262), (10, 1, 132), (2, 5, 132), (1, 2, 0)]:
            try:
                s = socket.socket(family, kind, protocol)
                s.connect('/var/run/docker.sock' if family == 1 else ('127.0.0.1', 80))
                said.append(f'{family} {kind} {protocol} connected')
            except (OSError, TypeError, ValueError) as error:
                pass
        if said:
            return said
        raise OSError('all refused')
    "),
    attempt("io_uring", Refused, "
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        fd = libc.syscall(425, 4, ctypes.create_string_buffer(120))
        if fd < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return fd
    "),
    attempt("threads that change an address while it is looked at", Refused, "
        import ctypes, os, socket, struct, threading
        libc = ctypes.CDLL(None, use_errno=True)
        good = struct.pack('!HH4s8x', socket.htons(2), 80, bytes([93, 184, 216, 34]))
        bad = struct.pack('!HH4s8x', socket.htons(2), 80, bytes([127, 0, 0, 1]))
        to = ctypes.create_string_buffer(good, 16)
        going = True
        def change():
            while going:
                ctypes.memmove(to, bad, 16)
                ctypes.memmove(to, good, 16)
        threading.Thread(target=change, daemon=True).start()
        got = set()
        for _ in range(50):
            s = socket.socket()
            s.settimeout(2)
            if libc.connect(s.fileno(), to, 16) == 0:
                try:
                    s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
                    got.add(s.recv(1000)[-6:])
                except OSError:
                    pass
            s.close()
        going = False
        if b'CANARY' in got:
            return 'CANARY'
        raise OSError(f'{got}')
    "),
];
