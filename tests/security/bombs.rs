//! Little input that wants much: decompression, entities, numbers, patterns, pickles.

use crate::common::Expect::*;
use crate::common::check;

#[test]
fn what_unpacks_to_much_ends_at_a_limit_of_the_program() {
    check(&[
        ("zlib in memory", "
            import zlib
            bomb = zlib.compress(bytes(10_000_000), 9)
            for _ in range(2): bomb = zlib.compress(bomb * 50, 9)
            a = []
            while True:
                a.append(zlib.decompress(zlib.decompress(bomb)[:len(zlib.compress(bytes(10_000_000), 9)) * 0 or 10 ** 9]))
        ", Ends),
        ("a gigabyte of zeros, unpacked at once", "
            import bz2
            c = bz2.BZ2Compressor(9)
            parts = [c.compress(bytes(1_000_000)) for _ in range(100)] + [c.flush()]
            packed = b''.join(parts)
            bz2.decompress(packed * 10)
        ", Ends),
        ("a zip file on disk", "
            import zipfile
            with zipfile.ZipFile('/tmp/bomb.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                for i in range(20): z.writestr(f'{i}', bytes(1_000_000))
            zipfile.ZipFile('/tmp/bomb.zip').extractall('/tmp/out')
        ", Raises("OSError: [Errno 51] No space left on device")),
        ("a tar file that leads out", "
            import io, tarfile
            raw = io.BytesIO()
            with tarfile.open(fileobj=raw, mode='w') as t:
                for name in ('../../etc/evil', '/usr/evil', '/tmp/fine'):
                    info = tarfile.TarInfo(name); info.size = 1; t.addfile(info, io.BytesIO(b'x'))
                link = tarfile.TarInfo('link'); link.type = tarfile.SYMTYPE; link.linkname = '/etc/passwd'; t.addfile(link)
            raw.seek(0)
            for member in tarfile.open(fileobj=raw):
                raw.seek(0)
                try: tarfile.open(fileobj=raw).extract(member, '/tmp', filter='fully_trusted')
                except Exception as e: print(type(e).__name__)
            import os
            print(os.listdir('/tmp'), os.path.exists('/etc'))
        ", Ends),
    ]);
}

#[test]
fn a_billion_laughs_are_refused_or_end_at_a_limit() {
    let laughs = r#"
        import xml.etree.ElementTree as ET
        entities = "".join(f"<!ENTITY l{i} '{('&l%d;' % (i - 1)) * 10}'>" for i in range(1, 12))
        text = f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY l0 'lol'>{entities}]><x>&l11;</x>"
        try: print(len(ET.fromstring(text).text))
        except ET.ParseError as e: print("refused")
    "#;
    let quadratic = r#"
        import xml.etree.ElementTree as ET
        text = f"<!DOCTYPE x [<!ENTITY a '{'a' * 100_000}'>]><x>{'&a;' * 100_000}</x>"
        try: print(len(ET.fromstring(text).text))
        except ET.ParseError as e: print("refused")
    "#;
    let external = r#"
        import xml.etree.ElementTree as ET, xml.sax, io
        text = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"
        try: print(ET.fromstring(text).text)
        except ET.ParseError: print("refused")
        xml.sax.parse(io.StringIO(text), xml.sax.ContentHandler()); print("skipped")
    "#;
    check(&[
        ("nested", laughs, Prints("refused\n")),
        ("quadratic", quadratic, Prints("refused\n")),
        ("files from outside", external, Prints("refused\nskipped\n")),
    ]);
}

#[test]
fn patterns_and_numbers_without_end_stop_at_the_limit() {
    check(&[
        (
            "nested repeats",
            "import re; re.fullmatch(r'(a*)*b', 'a' * 60)",
            Stopped("timeout"),
        ),
        (
            "alternatives",
            "import re; re.match(r'^(([a-z])+.)+[A-Z]([a-z])+$', 'a' * 60)",
            Stopped("timeout"),
        ),
        (
            "back references",
            r"import re; re.match(r'^(a+)+\1$', 'a' * 50 + 'b')",
            Stopped("timeout"),
        ),
        (
            "glob patterns",
            "import fnmatch; fnmatch.fnmatch('a' * 50, '*a' * 30 + 'b'); print('fine')",
            Ends,
        ),
        (
            "long numbers as text",
            "int('9' * 100_000)",
            Raises("ValueError: Exceeds the limit (4300 digits)"),
        ),
        (
            "long numbers as json",
            "import json; json.loads('9' * 100_000)",
            Raises("ValueError: Exceeds the limit (4300 digits)"),
        ),
        ("towers of powers", "9 ** 9 ** 9", Stopped("timeout")),
        ("shifts", "1 << 10 ** 12", Ends),
        (
            "hash collisions",
            "
            d = {}
            class K:
                def __hash__(self): return 1
            while True: d[K()] = 1
        ",
            Stopped("timeout"),
        ),
        (
            "a date far away",
            "import datetime; datetime.datetime(1, 1, 1) - datetime.timedelta(days=10 ** 9)",
            Raises("OverflowError"),
        ),
        (
            "decimals",
            "from decimal import Decimal; print(Decimal(10) ** 10 ** 8 ** 2)",
            Ends,
        ),
        (
            "fractions",
            "
            from fractions import Fraction
            x = Fraction(1, 3)
            while True: x = x * x + 1
        ",
            Ends,
        ),
        ("formats", "f'{1:{10 ** 9}}'", OutOfMemory),
        ("repeated formats", "'%*d' % (10 ** 9, 1)", OutOfMemory),
        ("joins", "','.join('x' for _ in iter(int, 1))", Ends),
        (
            "permutations",
            "import itertools; sorted(itertools.permutations(range(20)))",
            Ends,
        ),
    ]);
}

#[test]
fn pickles_and_their_likes_reach_nothing_of_the_host() {
    check(&[
        ("a command", r#"
            import pickle
            try: pickle.loads(b"cos\nsystem\n(S'touch /tmp/x'\ntR.")
            except AttributeError: print("no such thing")
        "#, Prints("no such thing\n")),
        ("a file", r#"
            import pickle
            try: print(pickle.loads(b"cbuiltins\nopen\n(S'/etc/passwd'\ntR."))
            except OSError: print("no such file")
        "#, Prints("no such file\n")),
        ("memory", r#"
            import pickle
            pickle.loads(b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f")
        "#, Ends),
        ("a pickle that doubles itself", r#"
            import pickle
            pickle.loads(b"(lp0\n" + b"".join(b"(lp%d\ng%d\nag%d\na" % (i + 1, i, i) for i in range(40)) + b".")
            print("shared, not copied")
        "#, Prints("shared, not copied\n")),
        ("json without end", "import json; json.loads('[' * 10 ** 6)", Raises("RecursionError")),
        ("csv in one field", "
            import csv
            try: list(csv.reader(['\"' + 'x' * 10 ** 6]))
            except csv.Error: print('refused')
        ", Prints("refused\n")),
        ("sqlite", "
            import sqlite3
            db = sqlite3.connect(':memory:')
            for sql in ('select zeroblob(2000000000)', \"select printf('%.*c', 2000000000, 'x')\", \"attach '/etc/passwd' as p\",
                        \"attach '/usr/x.db' as q\", \"select load_extension('/tmp/x')\", 'select ' + '(' * 5000 + '1' + ')' * 5000,
                        \"select writefile('/etc/x', 'y')\", \"select readfile('/etc/passwd')\", 'vacuum into \"/usr/x\"'):
                try: print(db.execute(sql).fetchall())
                except (sqlite3.Error, MemoryError, OverflowError): pass
            print('end')
        ", Ends),
    ]);
}
