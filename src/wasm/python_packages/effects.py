# What importing a package changes that a program which does not import it could notice.


class Effects:
    """Remembers the interpreter as it is, to tell later what is different."""

    # Caches, and lists that only their module looks at.
    CACHES = {
        "_frozen_importlib._module_locks",
        "encodings._cache",
        "linecache.cache",
        "logging._handlerList",
        "re._cache",
        "re._cache2",
        "sys.modules",
        "sys.path_importer_cache",
        "typing._caches",
        "typing._cleanups",
    }
    FILTERS = ("warnings.filters", "_warnings.filters")
    # Numbers that only count on: urllib3 tries a socket when it is imported.
    COUNTERS = {"_network.descriptors._next_number"}

    def __init__(self):
        import sys
        import types

        self.sys, self.types = sys, types
        self.modules = {
            name: module for name, module in sys.modules.items() if type(module) is types.ModuleType and name != "__main__"
        }
        self.before = self._state()
        self.filters = list(self._filters())
        self.settings = self._settings()

    def _filters(self):
        warnings = self.modules.get("warnings")
        return warnings.filters if warnings else []

    def _settings(self):
        import decimal
        import gc
        import locale
        import logging
        import os
        import socket

        sys, root = self.sys, logging.root
        return {
            "os.environ": dict(os.environ),
            "decimal's context": repr(decimal.getcontext()),
            "garbage collection": (gc.isenabled(), gc.get_threshold(), gc.get_debug(), list(gc.callbacks)),
            "the locale": locale.setlocale(locale.LC_ALL),
            "the root logger": (root.level, root.disabled, list(root.handlers), list(root.filters), logging.getLoggerClass()),
            "socket's timeout": socket.getdefaulttimeout(),
            "the recursion limit": sys.getrecursionlimit(),
            "the tracing function": (sys.gettrace(), sys.getprofile()),
            "the working directory": os.getcwd(),
        }

    def _state(self):
        """Every attribute of the modules and of their classes, and what is in their containers."""
        state = {}
        for name, module in self.modules.items():
            for key, value in list(vars(module).items()):
                path = f"{name}.{key}"
                if path in self.COUNTERS:
                    continue
                state[path] = value
                kind = type(value)
                if isinstance(value, type) and getattr(value, "__module__", None) == name:
                    for inner, attribute in list(vars(value).items()):
                        state[f"{path}.{inner}"] = attribute
                elif path in self.CACHES or path in self.FILTERS:
                    continue
                elif kind is dict:
                    state[f"{path}[]"] = dict(value)
                elif kind is list or kind is set:
                    state[f"{path}[]"] = dict(enumerate(value))
        return state

    def changed(self):
        """Names of what is different now, each once, a few of them."""
        after = self._state()
        tops = {name.partition(".")[0] for name in self.modules} | {"builtins"}

        def is_own(thing):
            return isinstance(thing, type) and thing.__module__.partition(".")[0] not in tops

        settings = self._settings()
        found = [name for name, value in self.settings.items() if value != settings[name]]
        for path, value in after.items():
            if path not in self.before:
                # A module that is new is an attribute of the package around it; typing makes some of
                # its names when they are asked for.
                is_module = type(value) is self.types.ModuleType
                if not is_module and not path.endswith("[]") and not path.startswith("typing."):
                    found.append(path)
            elif path.endswith("[]"):
                # Tables by class may have entries for the package's own classes.
                before, missing = self.before[path], object()
                kept = all(value.get(key, missing) is old for key, old in before.items())
                if not kept or not all(key in before or is_own(key) for key in value):
                    found.append(path[:-2])
            elif self.before[path] is not value:
                found.append(path)
        found.extend(path for path in self.before if path not in after and not path.endswith("[]"))
        # Of a package's own warnings nobody else hears.
        fresh = [each for each in self._filters() if each not in self.filters]
        if len(fresh) + len(self.filters) != len(self._filters()) or not all(
            is_own(each[2]) for each in fresh
        ):
            found.append("warnings.filters")
        return sorted(set(found))[:8]
