def g():
    try:
        yield 1
    finally:
        print('gen closed')
x = g()
next(x)
print('end')