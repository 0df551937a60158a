import sys
print([m for m in sys.modules if 'belljar' in m])