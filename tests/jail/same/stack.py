import traceback, sys
def f(): traceback.print_stack(file=sys.stdout)
f()
print(sys._getframe().f_back)