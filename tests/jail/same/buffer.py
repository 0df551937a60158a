import sys
sys.stdout.buffer.write(b'bytes\n')
print('text')
sys.stdout.buffer.write(b'\xff\n')