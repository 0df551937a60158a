"""What the module promises, checked from inside: `belljar run tests/selftest.py`.

Prints one line per check and `N passed, M failed` at the end; exits with 1 if anything failed.
"""

import asyncio
import bz2
import datetime
import decimal
import gzip
import hashlib
import importlib
import inspect
import io
import json
import lzma
import os
import pickle
import random
import select
import selectors
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request
import uuid
import xml.etree.ElementTree
import zlib
import zoneinfo

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as error:
        return str(error) or repr(error)
    raise AssertionError(f"no {kind.__name__}")


class Picklable:
    def __eq__(self, other):
        return type(self) is type(other)


@check
def the_program_is_main():
    assert __name__ == "__main__" and sys.modules["__main__"].Picklable is Picklable
    assert sys.argv == [__file__]
    assert pickle.loads(pickle.dumps(Picklable())) == Picklable()
    assert "return str(error)" in inspect.getsource(raises)
    assert len(inspect.stack()) == 3  # this check, main, the module


@check
def the_surroundings_are_bare():
    assert dict(os.environ) == {} and os.getcwd() == "/tmp" and sys.stdin.read() == ""
    assert sys.platform == "wasi" and sys.path[-1] == "/site-packages"


@check
def files_below_tmp():
    with open("relative.txt", "w") as file:
        file.write("é\n")
    assert open("/tmp/relative.txt", encoding="utf-8").read() == "é\n"
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/a/b")
        assert os.listdir(folder) == ["a"]
    raises(OSError, open, "/etc/written", "w")


@check
def sqlite_in_memory_and_in_a_file():
    for where in (":memory:", "/tmp/x.db"):
        connection = sqlite3.connect(where)
        connection.execute("drop table if exists t")
        connection.execute("create table t(a)")
        connection.executemany("insert into t values (?)", [(1,), (2,)])
        connection.commit()
        assert connection.execute("select sum(a) from t").fetchone() == (3,)
        connection.close()


@check
def compressors():
    for module in (zlib, gzip, bz2, lzma):
        assert module.decompress(module.compress(b"abc" * 10_000)) == b"abc" * 10_000


@check
def libraries():
    assert hashlib.sha256(b"x").hexdigest().startswith("2d711642")
    assert decimal.Decimal(1) / 3 == decimal.Decimal("0.3333333333333333333333333333")
    assert "日本".encode("shift_jis") == b"\x93\xfa\x96{"
    assert xml.etree.ElementTree.fromstring("<a><b>1</b></a>").find("b").text == "1"
    berlin = datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    assert berlin.isoformat() == "2024-07-01T00:00:00+02:00"
    assert len(zoneinfo.available_timezones()) > 500


@check
def templates():
    import jinja2
    import markupsafe

    assert jinja2.Environment(autoescape=True).from_string("{{ x }}").render(x="<é>") == "&lt;é&gt;"
    assert markupsafe._speedups.__name__ == "markupsafe._speedups"


@check
def every_library_module_can_be_imported():
    missing = {
        "_aix_support", "_android_support", "_apple_support", "_ios_support", "_osx_support", "_pyrepl",
        "antigravity", "ctypes", "curses", "dbm", "ensurepip", "idlelib", "lib2to3", "msilib", "nt", "ntpath",
        "pty", "readline", "termios", "this", "tkinter", "tty", "turtle", "turtledemo", "venv", "winreg",
        "winsound", "_winapi", "_wmi", "msvcrt", "resource", "fcntl", "grp", "pwd", "mmap", "syslog", "_curses",
        "_curses_panel", "_dbm", "_gdbm", "_hashlib", "_multiprocessing", "_overlapped", "_posixshmem",
        "_posixsubprocess", "_scproxy", "_tkinter", "_uuid", "_ctypes", "pydoc_data", "idlelib",
        "_interpchannels", "_interpqueues", "_interpreters",
    }  # fmt: skip
    failed = {}
    for name in sorted(set(sys.stdlib_module_names) - missing):
        try:
            importlib.import_module(name)
        except Exception as error:
            failed[name] = repr(error)[:90]
    assert not failed, failed
    for name in ("concurrent.futures.process", "multiprocessing.pool", "urllib.request", "http.client", "email.mime.text",
                 "logging.handlers", "wsgiref.simple_server", "xmlrpc.client", "unittest.mock", "dbm.dumb"):  # fmt: skip
        importlib.import_module(name)


@check
def what_cannot_work_says_so():
    assert "start new thread" in raises(RuntimeError, threading.Thread(target=print).start)
    raises(OSError, subprocess.run, ["ls"])
    # Without `--network`; both kinds of a refused look-up, and the reason in the text.
    for kind in (socket.gaierror, PermissionError):
        assert "network" in raises(kind, socket.getaddrinfo, "example.com", 80)
    assert "network" in raises(PermissionError, socket.create_connection, ("example.com", 80))
    assert "network" in raises(PermissionError, socket.socket().connect, ("192.0.2.1", 80))
    assert "network" in raises(urllib.error.URLError, urllib.request.urlopen, "http://example.com")
    import multiprocessing

    raises((OSError, RuntimeError, ImportError), multiprocessing.Process(target=print).start)


async def number(n):
    await asyncio.sleep(n / 200)
    return n


async def asynchronous():
    assert await asyncio.gather(number(2), number(1)) == [2, 1]
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except TimeoutError:
        pass
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        task = group.create_task(number(1))
    queue = asyncio.Queue()
    await queue.put(task.result())
    try:
        await asyncio.to_thread(print, 1)
    except RuntimeError:
        return await queue.get()


@check
def asyncio_without_threads():
    assert asyncio.run(asynchronous()) == 1
    loop = asyncio.new_event_loop()
    assert loop.run_until_complete(asyncio.sleep(0, 5)) == 5
    loop.close()
    with asyncio.Runner() as runner:
        assert runner.run(asyncio.sleep(0, 6)) == 6


@check
def socket_pairs():
    one, two = socket.socketpair()
    with one, two:
        assert select.select([one, two], [one], [], 0) == ([], [one], [])
        assert one.send(b"abc") == 3 and two.recv(2, socket.MSG_PEEK) == b"ab" and two.recv(1) == b"a"
        assert select.select([one, two], [], [], 0) == ([two], [], [])
        buffer = bytearray(5)
        assert two.recv_into(buffer) == 2 and buffer == b"bc\0\0\0"
        two.settimeout(0.01)
        assert raises(TimeoutError, two.recv, 1) == "timed out"
        two.setblocking(False)
        raises(BlockingIOError, two.recv, 1)
        with selectors.DefaultSelector() as selector:
            selector.register(two, selectors.EVENT_READ, "two")
            assert selector.select(0.01) == []
            with one.makefile("w") as file:
                file.write("line\n")
            assert [key.data for key, _ in selector.select()] == ["two"]
        copy = two.dup()
        assert copy.recv(9) == b"line\n" and copy.fileno() != two.fileno()
        one.shutdown(socket.SHUT_WR)
        assert copy.recv(1) == b""
        copy.close()
        number = two.detach()
        raises(OSError, two.recv, 1)
        with socket.socket(fileno=number) as again:
            assert again.recv(1) == b"" and again.family == socket.AF_UNIX
        raises(BrokenPipeError, one.send, b"x")
    raises(OSError, one.recv, 1)


@check
def addresses_and_names():
    stream = (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("::1", 443, 0, 0))
    assert socket.getaddrinfo("::1", "https", type=socket.SOCK_STREAM) == [stream]
    assert socket.getaddrinfo("0x7f.1", None)[0][4] == ("127.0.0.1", 0)
    assert socket.gethostbyname("localhost") == "127.0.0.1" and socket.getfqdn() == "localhost"
    assert socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "1:0::2")) == "1::2"
    assert socket.getnameinfo(("192.0.2.1", 80), socket.NI_NUMERICHOST) == ("192.0.2.1", "http")
    assert socket.htons(1) == 256 and socket.ntohl(1) == 1 << 24


@check
def outgoing_streams_are_all_there_is():
    for refused in (
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        lambda: socket.socket(socket.AF_UNIX),
        lambda: socket.create_server(("127.0.0.1", 8080)),
        lambda: socket.socket().listen(),
        lambda: asyncio.run(asyncio.start_server(print, "127.0.0.1", 8080)),
    ):
        assert "outgoing" in raises(PermissionError, refused)
    with socket.socket() as stream:
        assert stream.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        raises(OSError, stream.recv, 1)


@check
def tls_settings():
    context = ssl.create_default_context()
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2 and ssl.OPENSSL_VERSION_INFO >= (1, 1, 1)
    raises(ValueError, setattr, context, "verify_mode", ssl.CERT_NONE)
    raises(ValueError, context.wrap_bio, ssl.MemoryBIO(), ssl.MemoryBIO())
    # Without `--network` there is no TLS either.
    assert "network" in raises(PermissionError, context.wrap_bio, ssl.MemoryBIO(), ssl.MemoryBIO(), False, "example.com")
    with open("bundle.pem", "w") as file:
        file.write("no certificate\n")
    raises(ssl.SSLError, context.load_verify_locations, "bundle.pem")
    raises(PermissionError, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_bio, ssl.MemoryBIO(), ssl.MemoryBIO(), True)


@check
def clocks():
    start = time.monotonic()
    time.sleep(0.02)
    assert 0.015 < time.monotonic() - start < 1
    assert time.process_time() >= 0 and time.thread_time() >= 0
    assert datetime.datetime.now().year >= 2025 and time.tzname == ("UTC", "UTC")


@check
def randomness_is_fresh():
    assert uuid.uuid4().version == 4 and uuid.uuid1().version == 1
    assert random.random() != random.Random(0).random()


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


class Endless:
    def __eq__(self, other):
        return self == other

    def __repr__(self):
        return repr(self)

    def __format__(self, how):
        return f"{self}"

    def __getattr__(self, name):
        return getattr(self, name + "x")

    def __iter__(self):
        return iter(self)

    def __bool__(self):
        return bool(self)


@check
def deep_recursion_is_an_exception():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)
    deep = (RecursionError, MemoryError, SyntaxError)
    endless = Endless()
    for function in (
        lambda: repr(nested(200_000)),
        lambda: json.dumps(nested(200_000)),
        lambda: json.loads("[" * 200_000),
        lambda: json.loads('{"a":' * 200_000),
        lambda: pickle.dumps(nested(100_000)),
        lambda: nested(100_000) == nested(100_000),
        lambda: eval("(" * 50_000 + ")" * 50_000),
        lambda: eval("-" * 100_000 + "1"),
        lambda: eval("+".join(["1"] * 100_000)),
        lambda: eval("x" + ".y" * 100_000),
        lambda: eval("lambda:" * 100_000 + "1"),
        lambda: endless == 1,
        lambda: repr(endless),
        lambda: f"{endless}",
        lambda: endless.name,
        lambda: iter(endless),
        lambda: bool(endless),
        lambda: (lambda f: f(f))(lambda f: sorted([1], key=lambda x: f(f))),
        lambda: (lambda f: f(f))(lambda f: sum(f(f) for _ in [1])),
    ):
        raises(deep, function)
    assert eval("(" * 150 + "1" + ")" * 150) == 1
    chain = None
    for _ in range(300_000):
        chain = (chain, 1)
    del chain
    sys.setrecursionlimit(limit)
    raises(RecursionError, lambda: (lambda f: f(f))(lambda f: f(f)))


@check
def standard_streams():
    assert (sys.stdout.name, sys.stdout.mode, sys.stdout.encoding) == ("<stdout>", "w", "utf-8")
    assert sys.stdout.errors == "surrogateescape" and sys.stderr.errors == "backslashreplace"
    assert sys.stdout.fileno() == 1 and sys.stderr.fileno() == 2 and not sys.stdout.isatty()
    assert isinstance(sys.stdout, io.TextIOWrapper) and isinstance(sys.stdout.buffer, io.BufferedWriter)
    assert sys.stdout.buffer.write(b"") == 0 and sys.stdout.buffer.raw.fileno() == 1
    sys.stdout.reconfigure(line_buffering=True, errors="replace")
    sys.stdout.reconfigure(errors="surrogateescape")
    raises(TypeError, sys.stdout.buffer.write, "text")
    print("\N{SNOWMAN}", end="", flush=True)
    print()


@check
def tracebacks_show_the_source():
    try:
        json.loads("{bad")
    except ValueError:
        text = traceback.format_exc()
    assert 'json.loads("{bad")' in text and __file__ in text, text


def main():
    failed = 0
    for function in CHECKS:
        try:
            function()
            print("ok    ", function.__name__)
        except Exception:
            failed += 1
            print("FAILED", function.__name__)
            traceback.print_exc()
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
