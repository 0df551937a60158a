"""The exceptions of `ssl`, with the texts that programs look for."""

from _network.ssl_names import SSL_ERROR_EOF, SSL_ERROR_SSL, SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE


class SSLError(OSError):
    """An error occurred in the SSL implementation."""

    __module__ = "ssl"
    library = reason = None

    def __str__(self):
        return self.strerror if isinstance(self.strerror, str) else str(self.args)


class SSLZeroReturnError(SSLError):
    """SSL/TLS session closed cleanly."""

    __module__ = "ssl"


class SSLWantReadError(SSLError):
    """Non-blocking SSL socket needs to read more data before the requested operation can be completed."""

    __module__ = "ssl"


class SSLWantWriteError(SSLError):
    """Non-blocking SSL socket needs to write more data before the requested operation can be completed."""

    __module__ = "ssl"


class SSLSyscallError(SSLError):
    """System error when attempting SSL operation."""

    __module__ = "ssl"


class SSLEOFError(SSLError):
    """SSL/TLS connection terminated abruptly."""

    __module__ = "ssl"


class SSLCertVerificationError(SSLError, ValueError):
    """A certificate could not be verified."""

    __module__ = "ssl"


def described(kind, number, text, reason=None, library=None):
    error = kind(number, text)
    error.reason, error.library = reason, library
    return error


def want_read():
    return described(SSLWantReadError, SSL_ERROR_WANT_READ, "The operation did not complete (read)")


def want_write():
    return described(SSLWantWriteError, SSL_ERROR_WANT_WRITE, "The operation did not complete (write)")


def violation():
    reason = "UNEXPECTED_EOF_WHILE_READING"
    return described(
        SSLEOFError, SSL_ERROR_EOF, f"[SSL: {reason}] EOF occurred in violation of protocol", reason, "SSL"
    )


def failure(information, server_name):
    """The exception for the `error` of the host's information."""
    found = information.get("error") or {}
    message = found.get("message") or "unknown error"
    if found.get("kind") == "certificate":
        code = found.get("code", 1)
        if code in (62, 64):
            what = "Hostname" if code == 62 else "IP address"
            message = f"{what} mismatch, certificate is not valid for '{server_name}'."
        reason = "CERTIFICATE_VERIFY_FAILED"
        text = f"[SSL: {reason}] certificate verify failed: {message}"
        error = described(SSLCertVerificationError, SSL_ERROR_SSL, text, reason, "SSL")
        error.verify_code, error.verify_message = code, message
        return error
    reason = message.upper().replace("SSL/TLS", "SSLV3").replace(" ", "_")
    return described(SSLError, SSL_ERROR_SSL, f"[SSL: {reason}] {message}", reason, "SSL")
