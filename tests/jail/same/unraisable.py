import sys
sys.unraisablehook = lambda u: print('mine', u.exc_value)
class A:
    def __del__(s): 1/0
A()
print('after')