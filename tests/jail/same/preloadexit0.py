print('main')
1/0