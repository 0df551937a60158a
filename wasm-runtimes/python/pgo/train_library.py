"""Training workload, part two: the library modules short scripts lean on. Deterministic."""

import ast
import asyncio
import base64
import bisect
import collections
import contextlib
import copy
import csv
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import hashlib
import heapq
import io
import itertools
import json
import math
import pickle
import random
import re
import statistics
import string
import struct
import textwrap
import traceback
import urllib.parse

DOCUMENT = {
    "users": [
        {"id": i, "name": f"user {i}", "tags": ["a", "b", "é"], "score": i / 7, "ok": i % 2 == 0, "none": None}
        for i in range(150)
    ]
}


def json_text():
    text = json.dumps(DOCUMENT)
    pretty = json.dumps(DOCUMENT, indent=2, sort_keys=True, ensure_ascii=False)
    assert json.loads(text) == json.loads(pretty)
    with contextlib.suppress(ValueError):
        json.loads("{bad")


def regular_expressions():
    text = json.dumps(DOCUMENT)
    re.findall(r"\"name\": \"(\w+) (\d+)\"", text)
    re.sub(r"[aeiou]+", lambda m: m.group().upper(), text[:3_000])
    re.split(r"[,:]\s*", text[:3_000])
    mail = re.compile(r"(?P<user>[\w.+-]+)@(?P<host>[\w-]+\.[\w.]+)", re.I)
    for i in range(200):
        match = mail.search(f"write to some.one{i}@example.com now")
        match.group("user"), match.span(), match.groupdict()
    re.match(r"(a|b)*?c{2,3}$", "ababababcc")
    for i in range(4):
        re.compile(rf"^(?:x{i}|y)+\s*(\d{{1,3}})?(?=z)[^abc]*$")


def copies():
    copy.deepcopy(DOCUMENT["users"][:40])
    pickle.loads(pickle.dumps(DOCUMENT))


@dataclasses.dataclass(order=True)
class Item:
    price: float
    name: str = "x"
    tags: list = dataclasses.field(default_factory=list)


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@functools.lru_cache(maxsize=None)
def paths(a, b):
    return 1 if a == 0 or b == 0 else paths(a - 1, b) + paths(a, b - 1)


def data_structures():
    items = [Item(i * 37 % 101 / 3, str(i)) for i in range(400)]
    items.sort()
    dataclasses.asdict(items[0])
    counter = collections.Counter(word for word in ("the quick brown fox " * 100).split())
    counter.most_common(2)
    groups = collections.defaultdict(list)
    for item in items:
        groups[item.name[0]].append(item)
    queue = collections.deque(maxlen=50)
    heap = []
    for i in range(1_500):
        queue.append(i)
        heapq.heappush(heap, (i * 7_919 % 1_009, i))
        bisect.insort(groups["q"], i)
    while heap:
        heapq.heappop(heap)
    Point = collections.namedtuple("Point", "x y")
    sum(Point(i, 2).x + Point(1, i).y for i in range(1_000))
    paths.cache_clear()
    paths(20, 20)
    list(itertools.islice(itertools.permutations(range(7)), 3_000))
    list(itertools.accumulate(itertools.chain(range(500), range(500))))
    [list(g) for _, g in itertools.groupby(sorted("mississippi" * 50))]
    functools.reduce(lambda a, b: a * b % 1_009, range(1, 2_000))
    [Colour.RED, Colour(2).name, Colour["BLUE"].value] * 50


def graph():
    edges = {i: [(i * 7 + k) % 300 for k in range(5)] for i in range(300)}
    for start in range(10):
        seen, queue = {start}, collections.deque([start])
        while queue:
            for there in edges[queue.popleft()]:
                if there not in seen:
                    seen.add(there)
                    queue.append(there)
    table = [[0] * 121 for _ in range(121)]
    a, b = "kitten sitting on a mat " * 5, "sitting kittens at a map " * 5
    for i, x in enumerate(a[:120]):
        for j, y in enumerate(b[:120]):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])


def numbers():
    rng = random.Random(7)
    values = [rng.gauss(0, 1) for _ in range(1_000)]
    rng.shuffle(values)
    [rng.randint(1, 100) + rng.random() for _ in range(1_500)]
    rng.sample(values, 20), rng.choice(values)
    statistics.mean(values), statistics.stdev(values), statistics.median(values)
    sum(math.sin(v) * math.sqrt(abs(v)) + math.floor(v) for v in values)
    total = decimal.Decimal(0)
    for i in range(400):
        total += decimal.Decimal(i) / 7
    str(total.quantize(decimal.Decimal("0.01")))
    sum((fractions.Fraction(1, n) for n in range(1, 40)), fractions.Fraction(0))
    math.factorial(50), math.comb(30, 10), math.gcd(2**50, 6**20), math.isqrt(10**30)


def dates():
    day = datetime.datetime(2024, 1, 1, 12, 30)
    for i in range(300):
        later = day + datetime.timedelta(days=i, minutes=7)
        text = later.strftime("%Y-%m-%d %H:%M:%S")
        later.isoformat(), later.weekday(), (later - day).total_seconds()
        datetime.datetime.fromisoformat(later.isoformat())
        if i < 60:
            datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S")


def texts():
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "name"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(DOCUMENT["users"])
    list(csv.DictReader(io.StringIO(out.getvalue())))
    for i in range(60):
        print("line", i, f"{i:05d}", file=out)
        print(f"{'name':<10}|{i * 1.5:>8.2f}|{i:x}", end="\n", file=out)
    textwrap.fill("the quick brown fox jumps over the lazy dog " * 20, 60)
    string.Template("$a and ${b}").substitute(a=1, b=2)
    raw = bytes(range(256)) * 20
    base64.b64decode(base64.b64encode(raw)), raw.hex()
    hashlib.sha256(raw).hexdigest(), hashlib.md5(raw).hexdigest()
    struct.unpack("<IHd", struct.pack("<IHd", 1, 2, 3.5))
    urllib.parse.urlencode({"a": "b c", "é": 1}), urllib.parse.urlparse("https://a.b/c?d=e#f"), urllib.parse.quote("é/ü")
    "{:,.2f} {!r:>10} {a[0]}".format(12345.678, "x", a=[1])


SOURCE = '''
import json
def main(arg1: str, arg2: int = 3) -> dict:
    """Doc."""
    result = {"result": arg1 + str(arg2), "list": [x ** 2 for x in range(10) if x % 2]}
    try:
        with open("x") as f:
            lines = f.readlines()
    except OSError as error:
        lines = [f"{error!r}: {arg1:>{arg2}}"]
    for line in lines:
        if line and not line.startswith("#") or len(line) > 3:
            yield line.strip()
    class Inner(dict):
        a, *b = 1, 2, 3
        async def go(self): return await self.x(lambda k, /, *, z=1: k + z)
    return result
'''


def compilation():
    for i in range(12):
        compile(SOURCE + f"x{i} = {i}\n", "s.py", "exec")
    ast.unparse(ast.parse(SOURCE))
    eval("1 + 2 * 3")
    namespace = {}
    exec("def f(a):\n    return a * 2\nr = f(21)\n", namespace)
    try:
        1 / 0
    except ZeroDivisionError:
        traceback.format_exc()


async def worker(queue, out):
    while (item := await queue.get()) is not None:
        await asyncio.sleep(0)
        out.append(item * 2)


async def asynchronous():
    queue, out = asyncio.Queue(), []
    tasks = [asyncio.create_task(worker(queue, out)) for _ in range(3)]
    for i in range(100):
        await queue.put(i)
    for _ in tasks:
        await queue.put(None)
    await asyncio.gather(*tasks)


def templates():
    import jinja2

    environment = jinja2.Environment(autoescape=True)
    source = "{% macro row(u) %}<li>{{ u.name|upper }} {{ '%.2f'|format(u.score) }}</li>{% endmacro %}" \
        "{% for u in users if u.ok %}{{ row(u) }}{% if loop.first %}first{% elif u.id > 5 %}x{% else %}y{% endif %}" \
        "{{ u.tags|join(', ')|e }}{% set k = loop.index * 2 %}{{ k }}{% endfor %}"
    for _ in range(2):
        environment.from_string(source).render(**DOCUMENT)
    environment.from_string("Hello {{ name }}! {{ items|length }}").render(name="<x>", items=[1, 2])


# How often each piece runs, so that they weigh about the same.
PIECES = {
    json_text: 3, regular_expressions: 5, copies: 10, data_structures: 1, graph: 4, numbers: 1,
    dates: 2, texts: 8, compilation: 4, templates: 2,
}  # fmt: skip

if __name__ == "__main__":
    for _ in range(5):
        for piece, times in PIECES.items():
            for _ in range(times):
                piece()
        asyncio.run(asynchronous())
