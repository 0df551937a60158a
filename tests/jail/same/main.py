import __main__, sys
print(__name__, __file__, __main__.__name__, sys.argv, sys.orig_argv, __cached__, __annotations__, __doc__, __spec__, __loader__, __package__)
print(sorted(k for k in globals()))