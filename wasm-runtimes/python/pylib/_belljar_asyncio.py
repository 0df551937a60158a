"""asyncio without sockets.

The event loops of the standard library watch a socket pair to be woken up by other threads and
signals. WASI has neither socket pairs nor threads nor signals, so there is nobody to wake the
loop: it needs no pipe, and waiting for I/O is sleeping until the next timer.
"""

import asyncio.selector_events
import selectors
import time

# Nothing but a timer can end the wait; the host's deadline ends a program that waits for ever.
_FOREVER_SECONDS = 3600.0


class SleepSelector(selectors._BaseSelectorImpl):
    """A selector without ready descriptors: files registered are never reported."""

    def select(self, timeout=None):
        if timeout is None:
            while True:
                time.sleep(_FOREVER_SECONDS)
        if timeout > 0:
            time.sleep(timeout)
        return []


def _no_self_pipe(self):
    self._ssock = self._csock = None


def _nothing(self):
    pass


async def _shut_executor_down(self, timeout=None):
    """As the original does, but without a thread to wait in: there are no workers to wait for."""
    self._executor_shutdown_called = True
    if self._default_executor is not None:
        self._default_executor.shutdown(wait=False)


selectors.DefaultSelector = SleepSelector
_loop = asyncio.selector_events.BaseSelectorEventLoop
_loop._make_self_pipe = _no_self_pipe
_loop._close_self_pipe = _nothing
_loop._write_to_self = _nothing
_loop.shutdown_default_executor = _shut_executor_down
