"""Names that programs and libraries expect and WASI's build lacks: there to be imported, failing
with an ordinary error when used."""

import hashlib
import sys
import time


# One thread: its time is the process's.
time.thread_time = time.process_time
time.thread_time_ns = time.process_time_ns

# There is no program that could be started again; `platform` would open it.
sys.executable = sys._base_executable = ""


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """PBKDF2 (RFC 8018) with HMAC; the one that comes with OpenSSL is not here."""
    inner, outer = hashlib.new(hash_name), hashlib.new(hash_name)
    password, salt = bytes(password), bytes(salt)
    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    size = outer.digest_size
    if dklen is None:
        dklen = size
    if dklen < 1:
        raise ValueError("key length must be greater than 0.")
    if len(password) > inner.block_size:
        password = hashlib.new(hash_name, password).digest()
    padded = password.ljust(inner.block_size, b"\0")
    inner.update(bytes(byte ^ 0x36 for byte in padded))
    outer.update(bytes(byte ^ 0x5C for byte in padded))

    def hmac(message):
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()

    key = b""
    number = 1
    while len(key) < dklen:
        block = hmac(salt + number.to_bytes(4, "big"))
        total = int.from_bytes(block, "big")
        for _ in range(iterations - 1):
            block = hmac(block)
            total ^= int.from_bytes(block, "big")
        key += total.to_bytes(size, "big")
        number += 1
    return key[:dklen]


pbkdf2_hmac.__module__ = "hashlib"
hashlib.pbkdf2_hmac = pbkdf2_hmac
