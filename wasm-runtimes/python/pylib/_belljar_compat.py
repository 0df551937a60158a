"""Names that programs and libraries expect and WASI's build lacks: there to be imported, failing
with an ordinary error when used."""

import _socket
import socket
import time


def _name_lookup_fails(*args, **kwargs):
    raise socket.gaierror(-4, "Non-recoverable failure in name resolution")


for _name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
    if not hasattr(_socket, _name):
        setattr(_socket, _name, _name_lookup_fails)
        if _name != "getaddrinfo":
            setattr(socket, _name, _name_lookup_fails)

# One thread: its time is the process's.
time.thread_time = time.process_time
time.thread_time_ns = time.process_time_ns
