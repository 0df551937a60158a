import sys
sys.exit('message ü')