import atexit
@atexit.register
def bad():
    raise ValueError('in atexit')
print('main')