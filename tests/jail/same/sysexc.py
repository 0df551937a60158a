import sys
print(sys.exc_info(), sys.gettrace(), sys.getprofile())