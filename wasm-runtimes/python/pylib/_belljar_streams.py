"""sys.stdout and sys.stderr on the short way to the host.

They stay real `TextIOWrapper`s over a `BufferedWriter`; only the writer's `write` and `flush` are
replaced by the C functions of `_belljar_stdio`, and the text layer passes everything on at once:
what a program printed must survive its being killed.
"""

import io
import sys

import _belljar_stdio


class BufferedWriter(io.BufferedWriter):
    # Looked at by the text layer on every write: a plain attribute is the cheapest.
    closed = False

    def __init__(self, raw):
        super().__init__(raw)
        self.write, self.flush = _belljar_stdio.stream(raw.fileno())

    def close(self):
        self.closed = True
        self.write = self.flush = self._refuse

    def _refuse(self, *args):
        raise ValueError("write to closed file" if args else "flush of closed file")

    def detach(self):
        raw = super().detach()
        self.write = self.flush = self._refuse_detached
        return raw

    def _refuse_detached(self, *args):
        raise ValueError("raw stream has been detached")


# What programs see, in `repr` for one, is the ordinary class.
BufferedWriter.__module__, BufferedWriter.__qualname__ = "_io", "BufferedWriter"


def _text_layer(fd, name, errors, line_buffering):
    raw = io.FileIO(fd, "wb", closefd=False)
    raw.name = name
    stream = io.TextIOWrapper(
        BufferedWriter(raw), "utf-8", errors, newline="\n", line_buffering=line_buffering, write_through=True
    )
    stream.mode = "w"
    return stream


def install():
    sys.stdout = sys.__stdout__ = _text_layer(1, "<stdout>", "surrogateescape", False)
    sys.stderr = sys.__stderr__ = _text_layer(2, "<stderr>", "backslashreplace", True)
