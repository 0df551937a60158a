def numbers(count):
    for i in range(count):
        yield i


def squares(source):
    for i in source:
        if i & 1:
            yield i * i


def work():
    return sum(squares(numbers(40_000)))
