def check(i):
    if i % 3 == 0:
        raise ValueError(i)
    return i


def work():
    caught = 0
    for i in range(15_000):
        try:
            check(i)
        except ValueError as error:
            caught += error.args[0] & 1
        finally:
            caught += 1
    return caught
