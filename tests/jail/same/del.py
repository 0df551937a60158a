class A:
    def __init__(s, n): s.n=n
    def __del__(s): print('del', s.n, B)
B='glob'
a=A(1)
l=[A(2)]; l.append(l)
print('end')