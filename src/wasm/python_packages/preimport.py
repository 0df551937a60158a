# Imports packages into the interpreter whose memory becomes a snapshot, and leaves nothing else behind:
# every later program starts from what is there at the end. Belljar puts the line `MODULES = …` and
# `effects.py` before this.


def main():
    import atexit
    import gc
    import importlib
    import linecache
    import logging
    import sys
    import types

    # The glue's own module is in no table any more, but its functions know their globals.
    gc.unfreeze()
    [glue] = [
        each.__globals__
        for each in gc.get_objects()
        if type(each) is types.FunctionType and (each.__module__, each.__name__) == ("_belljar_boot", "collect")
    ]
    # All that was there before stays out of collections' sight.
    gc.freeze()

    effects = Effects()
    # What a package wants to have run at the end was run when it was tried, and nobody could tell.
    registered = []
    register = atexit.register

    def note(function, *args, **kwargs):
        registered.append(function)
        return register(function, *args, **kwargs)

    atexit.register = note
    for name in MODULES:
        importlib.import_module(name)
    atexit.register = register
    for function in registered:
        atexit.unregister(function)
    # Nor has a handler that does nothing anything to do then.
    logging._handlerList[:] = [each for each in logging._handlerList if type(each()) is not logging.NullHandler]
    changed = effects.changed()
    if changed:
        raise RuntimeError(f"these packages change {', '.join(changed)} for all programs")
    del effects

    # At the end of a program its exit functions run. Those registered now are for the programs to come.
    run_exit_functions = atexit._run_exitfuncs

    def keep_exit_functions():
        atexit._run_exitfuncs = run_exit_functions

    atexit._run_exitfuncs = keep_exit_functions
    linecache.clearcache()
    sys.path_importer_cache.clear()
    gc.collect()
    gc.freeze()
    # The end of this program is one more full collection. Programs compare with this number to see
    # whether they need one.
    glue["_full_collections"] = gc.get_stats()[2]["collections"] + 1


main()
