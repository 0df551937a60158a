print('hi')
1/