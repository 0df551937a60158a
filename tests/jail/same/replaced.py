import sys, io
sys.stdout = io.StringIO()
print('lost')
sys.__stdout__.write('kept\n')