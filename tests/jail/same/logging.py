import logging
logging.warning('w')
try: 1/0
except Exception: logging.exception('x')