import warnings
warnings.warn('careful')
print('ok')