import sys
sys.exit()