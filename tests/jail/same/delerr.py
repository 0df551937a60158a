class A:
    def __del__(s): raise ValueError('x')
a=A()
del a
print('ok')