import random

random.seed(1)
ROWS = [(random.random(), i) for i in range(10_000)]


def work():
    by_group = sorted(ROWS, key=lambda row: (row[1] % 100, row[0]))
    return by_group[0][1], by_group[-1][1]
