print('a', flush=True)
print('b', end='')
print()
import sys; print('c', file=sys.stderr)