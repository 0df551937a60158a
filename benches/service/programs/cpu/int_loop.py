def work():
    total = 0
    for i in range(60_000):
        total += i * 3 % 7
    return total
