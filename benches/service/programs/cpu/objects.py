class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def add(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def norm1(self):
        return abs(self.x) + abs(self.y)


def work():
    at, step, length = Vector(0, 0), Vector(1, -2), 0
    for _ in range(8_000):
        at = at.add(step)
        length += at.norm1()
    return length
