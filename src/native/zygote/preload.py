"""What a zygote imports before it forks, so that its children need not."""

import atexit
import importlib
import os
import random
import sys
import types
import warnings

SITE = "/site-packages"

# Families with Chinese, Japanese and Korean letters, as their fonts name themselves.
_CJK_FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK TC", "Noto Sans CJK KR", "Noto Sans SC", "Source Han Sans SC",
    "Source Han Sans CN", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "AR PL UMing CN", "AR PL UKai CN", "SimHei",
    "Microsoft YaHei", "Droid Sans Fallback", "Noto Serif CJK SC",
)


def import_all(site, names):
    """Returns the modules that could be imported, and why the others could not."""
    import site as site_module

    # Also what `.pth` files say, which some packages need.
    site_module.addsitedir(site)
    imported, failed = [], {}
    with warnings.catch_warnings(), _WithoutNativeExitFunctions():
        warnings.simplefilter("ignore")
        for name in names:
            try:
                importlib.import_module(name)
                imported.append(name)
            except BaseException as error:
                failed[name] = ("%s: %s" % (type(error).__name__, error))[:300]
        for name, warm_up in _WARM_UPS.items():
            if name in imported:
                try:
                    warm_up()
                except Exception as error:
                    failed[name + " (warm-up)"] = ("%s: %s" % (type(error).__name__, error))[:300]
    return imported, failed


class _WithoutNativeExitFunctions:
    """What native code registers with `atexit` meanwhile is for the process that imported it: it ends
    threads, say, which a child does not have, and waits for them for ever (polars). A child needs none
    of it, since its process ends without tidying up. Functions in Python stay: what `logging` and
    `weakref.finalize` do at the end can be seen."""

    def __enter__(self):
        self._register, self._native = atexit.register, []
        atexit.register = self._note

    def __exit__(self, *_):
        atexit.register = self._register
        for function in self._native:
            atexit.unregister(function)

    def _note(self, function, /, *arguments, **more):
        python = function.__func__ if isinstance(function, types.MethodType) else function
        if not isinstance(python, types.FunctionType):
            self._native.append(function)
        return self._register(function, *arguments, **more)


def _warm_up_matplotlib():
    """The list of fonts takes seconds to make; and letters that the usual font lacks are looked for
    in the others that are named."""
    import matplotlib
    import matplotlib.pyplot
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    families = [name for name in _CJK_FAMILIES if name in installed]
    for parameters in (matplotlib.rcParams, matplotlib.rcParamsDefault, matplotlib.rcParamsOrig):
        parameters["font.family"] = list(parameters["font.family"]) + families[:1]
    matplotlib.pyplot.close(matplotlib.pyplot.figure())


def _warm_up_pandas():
    """Much of pandas is imported when it is first used."""
    import pandas

    frame = pandas.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "x"], "c": pandas.to_datetime(["2024-01-02"] * 3)})
    repr(frame), repr(frame.describe()), repr(frame.groupby("b")["a"].sum()), frame.to_json(), frame.to_csv()


def _warm_up_numpy():
    import numpy

    repr(numpy.linalg.inv(numpy.eye(3)) @ numpy.random.default_rng(0).random(3))


_WARM_UPS = {"numpy": _warm_up_numpy, "pandas": _warm_up_pandas, "matplotlib": _warm_up_matplotlib}


def renew_randomness():
    """In a child: generators that its siblings have a copy of are seeded afresh."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        # By the way that touches least: its own look for randomness costs half a millisecond.
        numpy_random.seed(list(os.urandom(32)))
    # Both go by the process id, which is the same in each child.
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None:
        tempfile._name_sequence = None
    uuid = sys.modules.get("uuid")
    if uuid is not None:
        uuid._last_timestamp = None
        uuid._node = None


def threads():
    """How many threads this process has: a fork takes along only one."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1
