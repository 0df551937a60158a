import sys
sys.stderr.write('err\n')
print('out')
sys.stderr.write('\udcff\n')