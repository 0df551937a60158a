import pickle
class A: pass
a = pickle.loads(pickle.dumps(A()))
print(type(a))