# Runs inside Belljar: all tests of one module of CPython's own test suite. The host puts a line
# before this file: MODULE (such as "test_json"), SKIPPED (ids of tests that took the whole
# interpreter down in an earlier attempt) and STAND_INS (whether CPython's test extensions are
# replaced by modules whose every function skips the test that calls it).
#
# Each event is one line of standard output, written at once, so that what was tried before a crash
# is known: the mark, then JSON.

import importlib
import json
import os
import sys
import traceback
import types
import unittest

_MARK = "\x1ecpython-tests "


def _tell(event, **details):
    line = _MARK + json.dumps({"event": event, **details}) + "\n"
    os.write(1, line.encode("utf-8", "backslashreplace"))


def _text(error):
    lines = "".join(traceback.format_exception(*error)).splitlines()
    return "\n".join(line[:500] for line in lines[-25:])


class _Result(unittest.TestResult):
    """Tells the outcome of every test once; a test whose subtest fails has failed."""

    _failed = None

    def startTest(self, test):
        super().startTest(test)
        self._failed = None
        _tell("start", id=test.id())

    def stopTest(self, test):
        super().stopTest(test)
        if self._failed is not None:
            _tell("failed", id=test.id(), error=self._failed)

    def addSuccess(self, test):
        if self._failed is None:
            _tell("passed", id=test.id())

    def addExpectedFailure(self, test, error):
        _tell("passed", id=test.id())

    def addSkip(self, test, reason):
        # A class or module that is skipped as a whole was never started.
        _tell("skipped", id=test.id(), reason=str(reason))

    def addUnexpectedSuccess(self, test):
        self._failed = "unexpected success"

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._failed = self._failed or f"{subtest}\n{_text(error)}"

    def addFailure(self, test, error):
        self._failed = self._failed or _text(error)

    def addError(self, test, error):
        if isinstance(test, unittest.suite._ErrorHolder):
            # setUpClass, setUpModule: its tests are not run at all.
            _tell("failed", id=test.id(), error=_text(error))
        else:
            self.addFailure(test, error)


def _flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flat(test)
        else:
            yield test


def _without_skipped(suite):
    tests = []
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            tests.append(_without_skipped(test))
        elif test.id() not in SKIPPED:
            tests.append(test)
    return type(suite)(tests)


_EXTENSIONS = (
    "_testcapi",
    "_testinternalcapi",
    "_testlimitedcapi",
    "_testmultiphase",
    "_testsinglephase",
)


class _StandIn(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)

        def skip(*args, **kwargs):
            raise unittest.SkipTest(f"needs {self.__name__}.{name}")

        return skip


def _run():
    if STAND_INS:
        for name in _EXTENSIONS:
            sys.modules[name] = _StandIn(name)
        # Asked by test.support and while modules are imported.
        sys.modules["_testinternalcapi"].get_config = lambda: {"code_debug_ranges": 1}
        sys.modules["_testinternalcapi"].get_immortalize_deferred = lambda: False
        sys.modules["_testcapi"].Py_C_RECURSION_LIMIT = 5000
    import test.support

    # Modules that skip themselves for want of something that few of their tests need, or (sockets,
    # for asyncio) that is not needed here.
    if MODULE in ("test_asyncgen", "test_contextlib_async", "test_sys_settrace"):
        test.support.has_socket_support = True
    if MODULE in ("test_argparse", "test_getopt", "test_optparse"):
        test.support.has_subprocess_support = True

    # As `python -m test` without -u: nothing that takes long, much memory or the network.
    test.support.use_resources = ()
    test.support.verbose = False
    try:
        module = importlib.import_module("test." + MODULE)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    except unittest.SkipTest as skip:
        _tell("module-skipped", reason=str(skip))
        return
    except BaseException:
        _tell("module-failed", error=_text(sys.exc_info()))
        return
    # Twice more, because a test of tracemalloc counts on a stack as deep as CPython's own runner's.
    suite = unittest.TestSuite([unittest.TestSuite([_without_skipped(suite)])])
    _tell("loaded", tests=sum(1 for _ in _flat(suite)))
    suite.run(_Result())
    _tell("done")


_run()
os._exit(0)
