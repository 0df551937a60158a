"""The official ECMAScript test suite, as Debian's source package of Firefox's engine carries it.

Mozilla rewrote the files: a `|reftest|` line and a directive in front, a call behind, the harness
copied into `shell.js` files. `Suite` undoes that, so that what runs is test262's own text.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

PACKAGE, DEBIAN_SUITE = "mozjs128", "trixie"
INSIDE = re.compile(r"[^/]+/js/src/tests/(test262/.+)")
ROOTS = ("language", "built-ins", "annexB")

APT_CONFIG = """\
Dir::State "{apt}";
Dir::State::lists "{apt}/lists";
Dir::State::status "{apt}/status";
Dir::Cache "{apt}/cache";
Dir::Etc::sourcelist "{apt}/list.sources";
Dir::Etc::sourceparts "-";
Dir::Etc::preferencesparts "-";
Acquire::Languages "none";
APT::Sandbox::User "root";
"""

APT_SOURCES = """\
Types: deb-src
URIs: {mirror}
Suites: {suite}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


def fetch(work):
    """The suite's folder below `work`, unpacked from Debian's package unless it is there already."""
    folder = work / "test262"
    if (folder / "GIT-INFO").is_file():
        return folder
    apt = work / "apt"
    downloads = apt / "downloads"
    for each in ("lists/partial", "cache/archives/partial", "downloads"):
        (apt / each).mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    (apt / "list.sources").write_text(APT_SOURCES.format(mirror=mirror(), suite=DEBIAN_SUITE))
    (apt / "apt.conf").write_text(APT_CONFIG.format(apt=apt))
    environment = {**os.environ, "APT_CONFIG": str(apt / "apt.conf")}
    print(f"Fetching test262 with Debian's source package {PACKAGE}", file=sys.stderr)
    for command in (["apt-get", "update", "-qq"], ["apt-get", "source", "--download-only", "-qq", PACKAGE]):
        subprocess.run(command, env=environment, cwd=downloads, check=True, stdout=sys.stderr)
    (archive,) = downloads.glob(f"{PACKAGE}_*.orig.tar.*")
    partial = work / "partial"
    shutil.rmtree(partial, ignore_errors=True)
    with tarfile.open(archive) as tar:
        for member in tar:
            inside = INSIDE.fullmatch(member.name)
            if inside is not None and member.isfile():
                member.name = inside[1]
                tar.extract(member, partial, filter="data")
    archive.unlink()
    (partial / "test262").rename(folder)
    return folder


def mirror():
    """The Debian mirror that this machine uses, or else $BELLJAR_DEBIAN_MIRROR."""
    given = os.environ.get("BELLJAR_DEBIAN_MIRROR")
    if given:
        return given.rstrip("/")
    for path in (pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))):
        if path.is_file():
            found = re.search(r"\w+://\S+/debian(?=/?(\s|$))", path.read_text())
            if found is not None:
                return found[0]
    sys.exit("No Debian mirror is configured here: set BELLJAR_DEBIAN_MIRROR")


class Test:
    """One file, with what its metadata says."""

    def __init__(self, name, text):
        self.name = name
        header = "\n".join(re.search(r"/\*---(.*?)---\*/", text, re.S)[1].splitlines())
        self.flags = words(header, "flags")
        self.features = words(header, "features")
        self.includes = words(header, "includes")
        self.negative = negative(header)
        self.source = original(text, "onlyStrict" in self.flags)
        self.is_module = "module" in self.flags
        self.is_async = "async" in self.flags

    def variants(self):
        """The ways in which it is to be run: `sloppy`, `strict`, `raw`, `module`."""
        for flag, variant in (("raw", "raw"), ("module", "module"), ("onlyStrict", "strict"), ("noStrict", "sloppy")):
            if flag in self.flags:
                return [variant]
        return ["sloppy", "strict"]


def original(text, only_strict):
    """What the file was before Mozilla's test262-update.py."""
    text = re.sub(r"\A// \|reftest\|[^\n]*\n", "", text)
    if only_strict:
        text = text.removeprefix("'use strict';\n")
    return text.removesuffix("\nreportCompare(0, 0);\n")


def words(header, key):
    inline = re.search(rf"^ *{key}:\s*\[(.*?)\]", header, re.S | re.M)
    if inline is not None:
        return [word.strip() for word in inline[1].split(",") if word.strip()]
    block = re.search(rf"^ *{key}:\s*\n((?:\s+- .*\n)+)", header, re.M)
    return [] if block is None else [word.strip() for word in re.findall(r"- (.*)", block[1])]


def negative(header):
    found = re.search(r"^ *negative:\s*\n((?:\s+.*\n?)+)", header, re.M)
    if found is None:
        return None
    return {key: re.search(rf"{key}:\s*(\w+)", found[1])[1] for key in ("phase", "type")}


class Suite:
    def __init__(self, folder):
        self.folder = folder
        self.version = re.search(r"^commit (\w+)", (folder / "GIT-INFO").read_text(), re.M)[1]
        self.harness = {}
        for shell in sorted(folder.glob("**/shell.js")):
            parts = re.split(r"^// file: (.+)\n", read(shell), flags=re.M)
            self.harness.update(zip(parts[1::2], parts[2::2]))

    def tests(self, wanted):
        """The tests whose names begin with one of `wanted`, or all of `ROOTS`, in order."""
        for root in dict.fromkeys(each.split("/")[0] for each in wanted or ROOTS):
            for path in sorted((self.folder / root).glob("**/*.js")):
                name = str(path.relative_to(self.folder))
                if path.name in ("shell.js", "browser.js") or "_FIXTURE" in path.name:
                    continue
                if not wanted or name.startswith(tuple(wanted)):
                    yield Test(name, read(path))

    def preamble(self, test):
        """The harness files that a test wants before it, as (name, source)."""
        return [(name, self.harness[name]) for name in ("assert.js", "sta.js", *test.includes)]


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()
