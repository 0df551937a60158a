//! What the reference refuses by accident and programs need: it works here.

use crate::common::Expect::*;
use crate::common::check_on;
use crate::common::server::shared;

#[test]
fn sleeping_works_and_takes_as_long_as_asked() {
    let run = shared().run(
        "
        import time
        before = time.monotonic()
        time.sleep(0.3)
        print(0.3 <= time.monotonic() - before < 4)
        ",
    );
    run.prints("True\n");
    assert!(run.took.as_millis() >= 300);
}

#[test]
fn asyncio_works() {
    check_on(
        shared(),
        &[
            (
                "gather runs side by side",
                "
                import asyncio, time
                async def work(n):
                    await asyncio.sleep(0.2)
                    return n
                async def main():
                    before = time.monotonic()
                    print(await asyncio.gather(*map(work, range(10))))
                    print(time.monotonic() - before < 1.9)
                asyncio.run(main())
            ",
                Prints("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\nTrue\n"),
            ),
            (
                "wait_for and timeout",
                "
                import asyncio
                async def main():
                    try:
                        await asyncio.wait_for(asyncio.sleep(60), 0.1)
                    except TimeoutError:
                        print('wait_for')
                    try:
                        async with asyncio.timeout(0.1):
                            await asyncio.Event().wait()
                    except TimeoutError:
                        print('timeout')
                asyncio.run(main())
            ",
                Prints("wait_for\ntimeout\n"),
            ),
            (
                "queues, locks, task groups, cancelling",
                "
                import asyncio
                async def main():
                    queue, lock, seen = asyncio.Queue(2), asyncio.Lock(), []
                    async def produce():
                        for i in range(5):
                            await queue.put(i)
                    async def consume():
                        for _ in range(5):
                            async with lock:
                                seen.append(await queue.get())
                    async with asyncio.TaskGroup() as group:
                        group.create_task(produce())
                        group.create_task(consume())
                    task = asyncio.create_task(asyncio.sleep(60))
                    await asyncio.sleep(0)
                    task.cancel()
                    print(seen, type((await asyncio.gather(task, return_exceptions=True))[0]).__name__)
                asyncio.run(main())
            ",
                Prints("[0, 1, 2, 3, 4] CancelledError\n"),
            ),
            (
                "generators, twice in one program",
                "
                import asyncio
                async def numbers():
                    for i in range(3):
                        await asyncio.sleep(0.01)
                        yield i
                async def main():
                    return [i async for i in numbers()]
                print(asyncio.run(main()), asyncio.run(main()))
            ",
                Prints("[0, 1, 2] [0, 1, 2]\n"),
            ),
            (
                "a deadlock is the program's own time",
                "
                import asyncio
                async def main():
                    loop = asyncio.get_running_loop()
                    loop.call_later(0.1, print, 'called')
                    await asyncio.sleep(0.3)
                asyncio.run(main())
            ",
                Prints("called\n"),
            ),
        ],
    );
}

#[test]
fn files_of_its_own_work() {
    check_on(
        shared(),
        &[
            (
                "tempfile",
                "
                import tempfile, os
                with tempfile.TemporaryDirectory() as folder:
                    path = os.path.join(folder, 'a')
                    open(path, 'w').write('x')
                    print(os.listdir(folder), os.stat(path).st_size)
                print(os.path.exists(folder))
                with tempfile.NamedTemporaryFile('w+') as f:
                    f.write('hello'); f.flush()
                    print(open(f.name).read())
                with tempfile.TemporaryFile() as f:
                    f.write(b'abc'); f.seek(1); print(f.read())
                with tempfile.SpooledTemporaryFile(10) as f:
                    f.write(b'x' * 100); f.seek(0); print(len(f.read()))
            ",
                Prints("['a'] 1\nFalse\nhello\nb'bc'\n100\n"),
            ),
            (
                "pathlib",
                "
                from pathlib import Path
                folder = Path('/tmp/a/b'); folder.mkdir(parents=True)
                (folder / 'c.txt').write_text('ç')
                (folder / 'c.txt').rename(folder / 'd.txt')
                print(sorted(map(str, Path('/tmp').rglob('*'))), (folder / 'd.txt').read_bytes())
                print(Path.cwd(), Path('d.txt').exists())
            ",
                Prints("['/tmp/a', '/tmp/a/b', '/tmp/a/b/d.txt'] b'\\xc3\\xa7'\n/tmp False\n"),
            ),
            (
                "reading, writing, seeking, appending",
                "
                with open('f', 'w+b') as f:
                    f.write(b'0123456789'); f.seek(-3, 2); print(f.read(), f.tell())
                    f.truncate(4); f.seek(6); f.write(b'x')
                with open('f', 'ab') as f: f.write(b'!')
                print(open('/tmp/f', 'rb').read())
                with open('f', 'r+b') as f: f.write(b'AB')
                print(open('f', 'rb').read())
            ",
                Prints("b'789' 10\nb'0123\\x00\\x00x!'\nb'AB23\\x00\\x00x!'\n"),
            ),
            (
                "shutil and zipfile and tarfile",
                "
                import shutil, zipfile, tarfile, os
                os.makedirs('src/deep'); open('src/deep/x', 'w').write('x' * 1000)
                shutil.copytree('src', 'copy')
                shutil.make_archive('a', 'zip', 'src'); shutil.make_archive('a', 'gztar', 'src')
                print(zipfile.ZipFile('a.zip').namelist())
                print(sorted(tarfile.open('a.tar.gz').getnames()))
                shutil.rmtree('src'); print(os.listdir('copy'), os.path.exists('src'))
            ",
                Prints("['deep/', 'deep/x']\n['.', './deep', './deep/x']\n['deep'] False\n"),
            ),
        ],
    );
}

#[test]
fn a_hundred_megabytes_of_memory_are_there() {
    let code = "x = bytearray(100_000_000); x[-1] = 7; y = [i for i in range(2_000_000)]; print(x[-1] + len(y))";
    shared().run(code).prints("2000007\n");
}

#[test]
fn databases_work() {
    let code = "
        import sqlite3
        for place in (':memory:', '/tmp/x.db'):
            db = sqlite3.connect(place)
            db.execute('create table t (id integer primary key, name text, x real)')
            db.executemany('insert into t (name, x) values (?, ?)', [(f'n{i}', i / 2) for i in range(1000)])
            db.commit()
            print(db.execute('select count(*), sum(x), max(name) from t where x > 10').fetchone())
            db.execute(\"create index i on t (name)\"); db.execute('begin'); db.execute('delete from t'); db.rollback()
            print(db.execute(\"select json_extract('{\\\"a\\\": [1, 2]}', '$.a[1]')\").fetchone())
            db.close()
        db = sqlite3.connect('/tmp/x.db')
        print(db.execute('select count(*) from t').fetchone())
    ";
    let each = "(979, 249645.0, 'n999')\n(2,)\n";
    let expected = format!("{each}{each}(1000,)\n");
    shared().run(code).prints(&expected);
}

#[test]
fn time_zones_work() {
    let code = "
        from datetime import datetime, timezone, timedelta
        from zoneinfo import ZoneInfo, available_timezones
        t = datetime(2025, 7, 1, 12, tzinfo=timezone.utc)
        for zone in ('Europe/Berlin', 'Asia/Shanghai', 'America/New_York', 'UTC', 'Asia/Kolkata'):
            print(t.astimezone(ZoneInfo(zone)).isoformat())
        print(datetime(2025, 1, 1, tzinfo=ZoneInfo('Europe/Berlin')).tzname(), len(available_timezones()) > 400)
        print(datetime.now().astimezone().utcoffset(), datetime.strptime('01/Feb/2024', '%d/%b/%Y').date())
    ";
    shared().run(code).prints(
        "2025-07-01T14:00:00+02:00\n2025-07-01T20:00:00+08:00\n2025-07-01T08:00:00-04:00\n\
         2025-07-01T12:00:00+00:00\n2025-07-01T17:30:00+05:30\nCET True\n0:00:00 2024-02-01\n",
    );
}

#[test]
fn the_clock_is_right() {
    let before = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs_f64();
    let run = shared().run("import time; print(time.time())");
    let after = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs_f64();
    let told: f64 = run.stdout.trim().parse().unwrap();
    assert!(
        before - 1.0 <= told && told <= after + 1.0,
        "{before} {told} {after}"
    );
}

#[test]
fn compression_and_hashes_give_what_everybody_gives() {
    check_on(
        shared(),
        &[
            (
                "compression both ways",
                "
                import zlib, gzip, bz2, lzma
                data = b'belljar ' * 10000
                for m in (zlib, gzip, bz2, lzma):
                    packed = m.compress(data)
                    print(m.__name__, len(packed) < 1000, m.decompress(packed) == data)
                print(zlib.crc32(data), zlib.adler32(b'abc'))
            ",
                Prints(
                    "zlib True True\ngzip True True\nbz2 True True\nlzma True True\n3191159930 38600999\n",
                ),
            ),
            (
                "hashes",
                "
                import hashlib, hmac
                print(hashlib.pbkdf2_hmac('sha256', b'password', b'salt', 4096, 20).hex())
                for name in ('md5', 'sha1', 'sha256', 'sha3_256', 'blake2b', 'blake2s'):
                    print(hashlib.new(name, b'abc').hexdigest()[:16])
                print(hmac.new(b'k', b'abc', 'sha256').hexdigest()[:16])
                print(hashlib.sha256(b'x' * 1_000_000).hexdigest()[:16])
            ",
                Prints(
                    "c5e478d59288c841aa530db6845c4c8d962893a0\n900150983cd24fb0\na9993e364706816a\nba7816bf8f01cfea\n3a985da74fe225b2\nba80a53f981c4d0d\n508c5e8c327c14e2\n342e519ce0ad6c03\n1b977e9f84f1b26b\n",
                ),
            ),
        ],
    );
}

#[test]
fn the_rest_of_the_standard_library_is_there() {
    check_on(
        shared(),
        &[
            ("numbers", "
                from decimal import Decimal, getcontext
                from fractions import Fraction
                import statistics, math, cmath, random
                getcontext().prec = 40
                print(Decimal(2).sqrt(), Fraction(1, 3) + Fraction(1, 6))
                print(statistics.stdev([1, 2, 3, 4]), math.comb(50, 25), cmath.sqrt(-1), math.isqrt(10**40))
                random.seed(1); print(random.random(), random.sample(range(100), 3))
            ", Prints("1.414213562373095048801688724209698078570 1/2\n1.2909944487358056 126410606437752 1j 100000000000000000000\n0.13436424411240122 [97, 8, 32]\n")),
            ("data formats", "
                import csv, io, json, configparser, tomllib, plistlib, pickle, base64, struct
                import xml.etree.ElementTree as ET
                from html import escape, unescape
                print(list(csv.DictReader(io.StringIO('a,b\\n1,\"x,y\"\\n'))))
                print(ET.tostring(ET.fromstring('<a x=\"1\"><b>t</b></a>')), unescape('&eacute;&lt;'))
                print(tomllib.loads('a = [1, 2]\\n[b]\\nc = 1979-05-27'))
                print(pickle.loads(pickle.dumps({'a': {1, 2}, 'b': (None, 1.5)})), struct.pack('>Hq', 1, -1).hex())
            ", Prints("[{'a': '1', 'b': 'x,y'}]\nb'<a x=\"1\"><b>t</b></a>' é<\n{'a': [1, 2], 'b': {'c': datetime.date(1979, 5, 27)}}\n{'a': {1, 2}, 'b': (None, 1.5)} 0001ffffffffffffffff\n")),
            ("language tools", "
                import dataclasses, enum, typing, functools, itertools, collections, contextlib, inspect, textwrap, string, re, copy, operator, heapq, bisect, types, abc
                @dataclasses.dataclass(frozen=True, order=True)
                class P:
                    x: int
                    y: list = dataclasses.field(default_factory=list, compare=False)
                class E(enum.StrEnum):
                    A = enum.auto()
                @functools.lru_cache
                def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
                print(P(1) < P(2), dataclasses.asdict(P(3)), E.A, fib(90))
                print(inspect.signature(fib), inspect.getsource(P).splitlines()[-1].strip())
                match {'k': [1, 2, 3]}:
                    case {'k': [first, *rest]}: print(first, rest)
                print(re.sub(r'(?P<a>\\d+)', lambda m: str(int(m['a']) * 2), 'a1b22'))
            ", Prints("True {'x': 3, 'y': []} a 2880067194370816120\n(n) y: list = dataclasses.field(default_factory=list, compare=False)\n1 [2, 3]\na2b44\n")),
            ("urls, mail, ids", "
                import urllib.parse, email.message, uuid, ipaddress, mimetypes, quopri
                print(urllib.parse.urlencode({'a': 'é &'}), urllib.parse.urlparse('http://h:1/p?q#f').port)
                m = email.message.EmailMessage(); m['Subject'] = 'é'; m.set_content('x'); print(len(m.as_string()) > 50)
                print(uuid.uuid5(uuid.NAMESPACE_DNS, 'x'), uuid.uuid4().version, uuid.uuid1().version)
                print(ipaddress.ip_network('10.0.0.0/30').num_addresses)
            ", Prints("a=%C3%A9+%26 1\nTrue\n05b16a01-46c6-56dd-bd6e-c6dfb4a1427a 4 1\n4\n")),
            ("logging and warnings go to stderr", "
                import logging, warnings
                logging.basicConfig(level=logging.INFO); logging.info('hi'); warnings.warn('careful')
                print('out')
            ", Prints("out\n")),
        ],
    );
}

#[test]
fn what_cannot_be_had_fails_with_ordinary_exceptions() {
    check_on(
        shared(),
        &[
            (
                "threads",
                "
                import threading, _thread
                from concurrent.futures import ThreadPoolExecutor
                for start in (
                    lambda: threading.Thread(target=print).start(),
                    lambda: _thread.start_new_thread(print, ()),
                    lambda: ThreadPoolExecutor().submit(print),
                    lambda: threading.Timer(0, print).start(),
                ):
                    try:
                        start()
                    except RuntimeError as e:
                        print(e)
            ",
                Prints(
                    "can't start new thread\ncan't start new thread\ncan't start new thread\ncan't start new thread\n",
                ),
            ),
            (
                "what needs no second thread",
                "
                import threading, queue
                lock = threading.RLock(); local = threading.local(); local.x = 1
                with lock: print(threading.current_thread().name, local.x, threading.active_count())
                q = queue.Queue(); q.put(1); print(q.get())
            ",
                Prints("MainThread 1 1\n1\n"),
            ),
            (
                "processes",
                "
                import subprocess
                for run in (
                    lambda: subprocess.run(['ls']),
                    lambda: subprocess.check_output('ls', shell=True),
                    lambda: subprocess.Popen(['/bin/sh']),
                ):
                    try:
                        print(run())
                    except OSError as e:
                        print(type(e).__name__)
            ",
                Prints("OSError\nOSError\nOSError\n"),
            ),
            (
                "sockets",
                "
                import socket, urllib.request
                for run in (
                    lambda: socket.socket().connect(('127.0.0.1', 80)),
                    lambda: socket.create_connection(('127.0.0.1', 80), 1),
                    lambda: socket.getaddrinfo('example.com', 443),
                    lambda: socket.gethostbyname('example.com'),
                    lambda: urllib.request.urlopen('http://127.0.0.1:8194/health', timeout=1),
                ):
                    try:
                        print(run())
                    except OSError as e:
                        print('OSError')
            ",
                Prints("OSError\nOSError\nOSError\nOSError\nOSError\n"),
            ),
        ],
    );
}
