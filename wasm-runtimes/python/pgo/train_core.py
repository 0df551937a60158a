"""Training workload, part one: the interpreter itself (evaluation loop, calls, built-in types).

What short scripts do, each piece for a comparable share of the time. Deterministic.
"""


def integers():
    total = 0
    for i in range(60_000):
        total += (i & 7) * 3 - (i >> 2) % 5
        total ^= i // 3
    n = 27
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    big = 1
    for i in range(1, 120):
        big *= i
    return total, steps, big % 1_000_007, pow(3, 1000, 10**9 + 7), divmod(big, 10**40), str(big), int(str(big))


def floats():
    x, y, vx, vy = 1.0, 0.0, 0.0, 1.0
    for _ in range(12_000):
        r2 = x * x + y * y
        a = -1.0 / (r2 * r2**0.5)
        vx, vy = vx + a * x * 0.01, vy + a * y * 0.01
        x += vx * 0.01
        y += vy * 0.01
    total = 0.0
    for i in range(8_000):
        total += abs(i - 3.5) / (i + 1) if i % 2 else -0.25 * i
    return round(x, 3), f"{y:.6f}", repr(total), int(total), float("1.5e3"), max(x, y) < 2 < total


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def calls():
    def default(a, b=2, *rest, key=None, **kw):
        return a + b + len(rest) + (key or 0) + len(kw)

    def closure(n):
        return lambda k: n + k

    add = closure(5)
    total = fib(17)
    for i in range(6_000):
        total += default(i) + default(i, 3, 4, key=5) + default(*(1, 2, 3), **{"z": 1}) + add(i)
        total += max(i, 3) + min(i, 2, 1) + abs(-i) + len("abc")
    return total


class Animal:
    count = 0
    __slots__ = ("name", "age", "__dict__")

    def __init__(self, name, age):
        self.name = name
        self.age = age
        Animal.count += 1

    def speak(self):
        return self.name

    @property
    def older(self):
        return self.age + 1

    @classmethod
    def make(cls, n):
        return cls("n", n)

    @staticmethod
    def twice(n):
        return n * 2

    def __eq__(self, other):
        return self.age == other.age

    def __lt__(self, other):
        return self.age < other.age

    def __hash__(self):
        return hash(self.age)


class Dog(Animal):
    def speak(self):
        return super().speak() + "!"


class Node:
    def __init__(self, value, left=None, right=None):
        self.value = value
        self.left = left
        self.right = right

    def insert(self, value):
        node = self
        while True:
            if value < node.value:
                if node.left is None:
                    node.left = Node(value)
                    return
                node = node.left
            else:
                if node.right is None:
                    node.right = Node(value)
                    return
                node = node.right

    def __iter__(self):
        if self.left is not None:
            yield from self.left
        yield self.value
        if self.right is not None:
            yield from self.right

    def __add__(self, other):
        return Node(self.value + other.value)

    def __len__(self):
        return 1 + sum(len(n) for n in (self.left, self.right) if n is not None)

    def __getitem__(self, index):
        return (self.left, self.value, self.right)[index]


def objects():
    total = 0
    for i in range(5_000):
        pet = Dog("rex", i) if i % 3 else Animal.make(i)
        total += len(pet.speak()) + pet.older + Animal.twice(i) + (pet == pet) + isinstance(pet, Dog)
    root = Node(5_000)
    for i in range(300):
        root.insert(pow(5, i, 10_007))
    total += sum(root) + len(root) + (root + root).value + root[1]
    animals = sorted(Animal("a", i * 31 % 101) for i in range(500))
    return total + len(set(animals)) + hasattr(root, "none") + getattr(root, "value")


def strings():
    parts = [f"{i}:{i * 2:>6}:{i / 3:.2f}" for i in range(2_500)]
    text = ",".join(parts)
    words = {}
    for piece in text.split(","):
        key = piece.strip().upper().replace("1", "one")[:4]
        words[key] = words.get(key, 0) + 1
        if piece.startswith("9") or piece.endswith("0") or "77" in piece:
            words["x"] = words.get("x", 0) + piece.count("7") + piece.find(":")
    out = ""
    for ch in text[:6_000]:
        if ch.isdigit():
            out += ch
        elif ch == ":":
            out += "é"
    lines = "\n".join("  %s=%d %r" % (k, v, k) for k, v in words.items()).splitlines()
    back = out.encode("utf-8").decode("utf-8")[::-1].lower().title()
    table = str.maketrans("abc", "xyz")
    for line in lines:
        left, _, right = line.partition("=")
        back += left.lstrip() + right.rstrip().translate(table).zfill(8).center(12).ljust(14)
    return len(back), " ".join(reversed(lines))[:80].casefold(), ord("a"), chr(233), hash(text), text == text[:-1]


def containers():
    squares = [x * x for x in range(8_000)]
    table = {x: x + 1 for x in squares if x % 3}
    names = {f"key{i}": i for i in range(3_000)}
    total = len({v % 97 for v in table.values()}) + sum(squares) + sum(names[k] for k in names)
    for key, value in names.items():
        if key in table or value in table:
            total += value
    stack, queue = [], []
    for i in range(5_000):
        stack.append(i)
        if i % 3 == 0:
            total += stack.pop()
        queue.insert(0, i) if i < 200 else None
    queue.sort(key=lambda v: -v)
    pairs = list(zip(stack, reversed(stack), range(len(stack))))
    total += sum(a * b - c for a, b, c in pairs)
    for index, (a, _, *rest) in enumerate(pairs):
        total += index + a + len(rest)
    grid = [[0] * 40 for _ in range(40)]
    for y in range(40):
        for x in range(40):
            grid[y][x] = x ^ y
    total += sum(grid[y][x] * grid[x][y] for y in range(40) for x in range(40))
    matrix = list(map(list, zip(*grid)))
    a, b = set(squares[:900]), set(squares[450:1_500])
    total += len(a | b) + len(a & b) + len(a - b) + len(a ^ b) + (5 in a) + any(grid[1]) + all(grid[2])
    rank = sorted(names, key=names.get, reverse=True)[:5] + sorted(pairs[:200]) + sorted(map(str, squares[:500]))
    merged = {**names, "z": 1} | {"y": 2}
    del merged["z"], stack[5:50], matrix[0][1]
    stack[2:4] = [1, 2, 3]
    return total, len(rank), merged.pop("y"), stack[::7][-1], tuple(matrix[0]) < tuple(matrix[1]), list(filter(None, grid[3]))


def generators():
    def count(n):
        for i in range(n):
            yield i

    def average():
        total = n = 0
        value = None
        while True:
            value = yield total / n if n else 0
            total += value
            n += 1

    running = average()
    next(running)
    total = sum(x for x in count(10_000) if x % 2)
    for i in count(2_000):
        total += running.send(i)
    return total


def exceptions():
    total = 0
    for i in range(3_000):
        try:
            if i % 4 == 0:
                raise ValueError(i)
            if i % 7 == 0:
                [][i]
            if i % 11 == 0:
                {}["k"]
            total += 1
        except ValueError as error:
            total += error.args[0]
        except (IndexError, KeyError):
            total += 2
        finally:
            total += 1
    return total


def matching():
    total = 0
    for item in [("add", 1, 2), {"kind": "b", "n": 3}, [1, 2, 3], "text", 5, None, Node(3)] * 400:
        match item:
            case ("add", a, b):
                total += a + b
            case {"kind": kind, **rest}:
                total += len(kind) + len(rest)
            case [first, *others]:
                total += first + len(others)
            case str() as text if len(text) > 3:
                total += 4
            case Node(value=value):
                total += value
            case 5 | 6:
                total += 1
            case _:
                total -= 1
    return total


def sieve():
    flags = bytearray([1]) * 20_000
    for i in range(2, 142):
        if flags[i]:
            flags[i * i :: i] = bytes(len(range(i * i, 20_000, i)))
    primes = [i for i in range(2, 5_000) if all(i % d for d in range(2, int(i**0.5) + 1))]
    view = memoryview(bytes(flags))
    return sum(flags), len(primes), view[3:100].tobytes().hex(), bytes(range(50)).find(b"\x20")


def dispatch():
    code = [("push", 1), ("push", 2), ("add", 0), ("jump", 0)] * 5
    total = 0
    for _ in range(150):
        stack, at = [], 0
        while at < len(code):
            op, arg = code[at]
            if op == "push":
                stack.append(arg)
            elif op == "add":
                stack.append(stack.pop() + stack.pop())
            at += 1
        total += len(stack)
    return total


# How often each piece runs, so that they weigh about the same.
PIECES = {
    integers: 1, floats: 6, calls: 2, objects: 2, strings: 1, containers: 1,
    generators: 15, exceptions: 15, matching: 12, sieve: 1, dispatch: 20,
}  # fmt: skip

if __name__ == "__main__":
    for _ in range(8):
        for piece, times in PIECES.items():
            for _ in range(times):
                piece()
