import inspect
def f(a):
    # comment
    return a
class C:
    x = 1
print(inspect.getsource(f))
print(inspect.getsource(C))
print(inspect.getfile(f), inspect.stack()[0].filename, len(inspect.stack()), inspect.stack()[0].code_context)