"""What `_socket`, `select` and `_ssl` are made of: sockets and TLS over the host's functions.

The module of the standard library that stands on them is CPython's own, unchanged. `host` is the
host's functions as they are (glue/network.c).
"""
