import sys
print(sys.flags.utf8_mode, sys.flags.isolated, sys.flags.no_site, sys.flags.dont_write_bytecode, sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors, sys.stdin.encoding)
print(type(sys.stdout.buffer), sys.stdout, sys.stdout.line_buffering, sys.stdout.write_through)
import os; print(os.getcwd(), os.listdir('.'))