"""asyncio without threads.

The event loops of the standard library watch a socket pair to be woken up by other threads and
signals. WASI has neither, so there is nobody to wake the loop and it needs no pair; and names are
looked up by watching the look-up, not in a thread.
"""

import asyncio.base_events
import asyncio.selector_events

from _network import lookup


def _no_self_pipe(self):
    self._ssock = self._csock = None


def _nothing(self):
    pass


async def _shut_executor_down(self, timeout=None):
    """As the original does, but without a thread to wait in: there are no workers to wait for."""
    self._executor_shutdown_called = True
    if self._default_executor is not None:
        self._default_executor.shutdown(wait=False)


async def getaddrinfo(self, host, port, *, family=0, type=0, proto=0, flags=0):
    request = lookup.Request(host, port, family, type, proto, flags)
    if (number := request.number) is not None:
        answered = self.create_future()
        self.add_reader(number, lambda: answered.done() or answered.set_result(None))
        try:
            await answered
            request.receive()
        finally:
            self.remove_reader(number)
            request.close()
    return request.result()


async def getnameinfo(self, sockaddr, flags=0):
    return lookup.getnameinfo(sockaddr, flags)


for _function in (getaddrinfo, getnameinfo):
    _function.__module__ = "asyncio.base_events"
    _function.__qualname__ = f"BaseEventLoop.{_function.__name__}"
    setattr(asyncio.base_events.BaseEventLoop, _function.__name__, _function)

_loop = asyncio.selector_events.BaseSelectorEventLoop
_loop._make_self_pipe = _no_self_pipe
_loop._close_self_pipe = _nothing
_loop._write_to_self = _nothing
_loop.shutdown_default_executor = _shut_executor_down
