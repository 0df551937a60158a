"""CPU-bound micro-benchmarks. Runs anywhere; prints `name microseconds`, best of several.

    python3 bench/bench.py            natively
    belljar run bench/bench.py        in the sandbox
"""

import copy
import hashlib
import json
import re
import time


def loop():
    total = 0
    for i in range(100_000):
        total += i & 7
    return total


def fib(n=20):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def moved(self, dx):
        return Point(self.x + dx, self.y)


def objects():
    p = Point(1, 2)
    for i in range(10_000):
        p = p.moved(i)
    return p.x


def strings():
    parts = [f"{i}:{i * 2}" for i in range(5_000)]
    text = ",".join(parts)
    return sum(len(piece.upper().replace("1", "one")) for piece in text.split(","))


def comprehensions():
    squares = [x * x for x in range(10_000)]
    table = {x: x + 1 for x in squares if x % 3}
    return len({v % 97 for v in table.values()}) + sum(squares)


DOCUMENT = {"users": [{"id": i, "name": f"user {i}", "tags": ["a", "b", "é"], "score": i / 7} for i in range(200)]}
TEXT = json.dumps(DOCUMENT)


def json_dumps():
    return json.dumps(DOCUMENT)


def json_loads():
    return json.loads(TEXT)


PATTERN = re.compile(r"\"name\": \"(\w+) (\d+)\"")


def regex():
    return len(PATTERN.findall(TEXT))


def sorting():
    return sorted(range(5_000), key=lambda x: (x * 7919) % 5_003)[0]


def nbody():
    x, y, vx, vy = 1.0, 0.0, 0.0, 1.0
    for _ in range(10_000):
        r2 = x * x + y * y
        a = -1.0 / (r2 * r2**0.5)
        vx += a * x * 0.001
        vy += a * y * 0.001
        x += vx * 0.001
        y += vy * 0.001
    return x


BLOCK = b"x" * 100_000


def sha256():
    return hashlib.sha256(BLOCK).hexdigest()


def deepcopy():
    return copy.deepcopy(DOCUMENT["users"][:20])


def generators():
    def count(n):
        for i in range(n):
            yield i

    return sum(x for x in count(10_000) if x % 2)


def sieve():
    flags = bytearray([1]) * 20_000
    for i in range(2, 142):
        if flags[i]:
            flags[i * i :: i] = bytes(len(range(i * i, 20_000, i)))
    matrix = [[i ^ j for j in range(40)] for i in range(40)]
    return sum(flags) + sum(matrix[i][j] * matrix[j][i] for i in range(40) for j in range(40))


ALL = [loop, fib, objects, strings, comprehensions, json_dumps, json_loads, regex, sorting, nbody, sha256, deepcopy, generators, sieve]


def main(repeat=40):
    for function in ALL:
        best = 1e9
        for _ in range(repeat):
            start = time.perf_counter()
            function()
            best = min(best, time.perf_counter() - start)
        print(function.__name__, round(best * 1e6))


main()
