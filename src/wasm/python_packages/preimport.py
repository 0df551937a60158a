# Imports packages into the interpreter whose memory becomes a snapshot, and leaves nothing else behind:
# every later program starts from what is there at the end. Belljar puts the line `MODULES = …` before
# this.


def main():
    import atexit
    import gc
    import importlib
    import linecache
    import sys
    import types
    import warnings

    # The glue's own module is in no table any more, but its functions know their globals.
    gc.unfreeze()
    functions = [each for each in gc.get_objects() if type(each) is types.FunctionType]
    [glue] = [each.__globals__ for each in functions if each.__globals__.get("__name__") == "_belljar_boot" and each.__name__ == "collect"]
    del functions
    # All that was there before stays out of collections' sight.
    gc.freeze()

    for name in MODULES:
        importlib.import_module(name)

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
del main, MODULES
