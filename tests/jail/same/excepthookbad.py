import sys
def h(t,v,tb): raise ValueError('hook')
sys.excepthook = h
1/0