"""Write manifest.json, which says what the artefacts are and what they were made from, and
LICENSES.txt, the licences of everything inside.

    manifest.py --recipe FOLDER --build FOLDER --out FOLDER --python VERSION --expat VERSION
                --source "NAME VERSION" ...
"""

import argparse
import hashlib
import json
import pathlib
import re
import tomllib

# Files of the recipe's folder that are no input: its results and its prose.
NOT_RECIPE = {"python.wasm.zst", "image.tar.zst", "manifest.json", "LICENSES.txt", "README.md"}
NOT_RECIPE_FOLDERS = {"bench", "tests", "__pycache__"}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def artifact(out, name, unpacked):
    packed = (out / f"{name}.zst").read_bytes()
    return {
        "file": f"{name}.zst",
        "bytes": len(unpacked),
        "sha256": sha256(unpacked),
        "compressed_bytes": len(packed),
        "compressed_sha256": sha256(packed),
    }


def recipe_hash(recipe):
    """One hash over the names and contents of all files the artefacts are made from."""
    total = hashlib.sha256()
    for path in sorted(recipe.rglob("*")):
        relative = path.relative_to(recipe)
        if path.is_file() and path.name not in NOT_RECIPE and not NOT_RECIPE_FOLDERS & set(relative.parts):
            total.update(f"{relative.as_posix()} {sha256(path.read_bytes())}\n".encode())
    return total.hexdigest()


def pinned_packages(recipe):
    text = (recipe / "requirements.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def crate_versions(recipe):
    lock = tomllib.loads((recipe / "crates/Cargo.lock").read_text())
    return {package["name"]: package["version"] for package in lock["package"]}


def defined(path, pattern):
    return re.search(pattern, path.read_text(errors="replace")).group(1)


def components(recipe, build, arguments):
    """(name, version, licence, file with the licence's text, where the source comes from)"""
    packages, crates = pinned_packages(recipe), crate_versions(recipe)
    vendor = build / "crates/vendor"
    wheel = build / "wheels"
    bzip2 = next(vendor.glob("bzip2-sys/bzip2-1*"))
    lzma_version = vendor / "liblzma-sys/xz/src/liblzma/api/lzma/version.h"
    lzma = ".".join(defined(lzma_version, rf"LZMA_VERSION_{part} (\d+)") for part in ("MAJOR", "MINOR", "PATCH"))
    sqlite = defined(vendor / "libsqlite3-sys/sqlite3/sqlite3.h", r'SQLITE_VERSION +"([\d.]+)"')
    zlib = defined(vendor / "libz-sys/src/zlib/zlib.h", r'ZLIB_VERSION "([\d.]+)"')
    mpdec = defined(build / "cpython/Modules/_decimal/libmpdec/mpdecimal.h", r'MPD_VERSION "([\d.]+)"')
    doc = build / "toolchain/usr/share/doc"
    from_crate = lambda name: f"crate {name} {crates[name]}"  # noqa: E731
    return [
        ("CPython", arguments.python, "PSF-2.0", build / "cpython/LICENSE", "Debian source package"),
        ("HACL*", f"in CPython {arguments.python}", "MIT", None, "in CPython: Modules/_hacl"),
        ("libmpdec", mpdec, "BSD-2-Clause", build / "cpython/Modules/_decimal/libmpdec/mpdecimal.h", "in CPython"),
        ("expat", arguments.expat, "MIT", build / "expat/expat/COPYING", "Debian source package"),
        ("zlib", zlib, "Zlib", vendor / "libz-sys/src/zlib/LICENSE", from_crate("libz-sys")),
        ("bzip2", bzip2.name.removeprefix("bzip2-"), "bzip2-1.0.6", bzip2 / "LICENSE", from_crate("bzip2-sys")),
        ("liblzma", lzma, "0BSD", vendor / "liblzma-sys/xz/COPYING.0BSD", from_crate("liblzma-sys")),
        ("SQLite", sqlite, "public domain", None, from_crate("libsqlite3-sys")),
        ("jinja2", packages["jinja2"], "BSD-3-Clause", next(wheel.glob("jinja2-*.dist-info/licenses/LICENSE*")), "PyPI"),
        (
            "markupsafe",
            packages["markupsafe"],
            "BSD-3-Clause",
            next(wheel.glob("markupsafe-*.dist-info/licenses/LICENSE*")),
            "PyPI",
        ),
        ("tzdata", packages["tzdata"], "Apache-2.0 (data: public domain)", None, "PyPI"),
        ("wasi-libc", "see sources", "Apache-2.0 WITH LLVM-exception, MIT", doc / "wasi-libc/copyright", "Debian"),
        (
            "compiler-rt builtins",
            "see sources",
            "Apache-2.0 WITH LLVM-exception",
            next(doc.glob("libclang-rt-*-dev-wasm32/copyright")),
            "Debian",
        ),
    ]


def licence_text(path):
    if path is None:
        return "(no licence text to reproduce)\n"
    text = path.read_text(errors="replace")
    if path.suffix == ".h":  # the comment at its top
        return text[: text.index("*/") + 2] + "\n"
    return text


def main():
    parser = argparse.ArgumentParser()
    for name in ("recipe", "build", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--expat", required=True)
    parser.add_argument("--source", action="append", default=[])
    arguments = parser.parse_args()
    build, out = arguments.build, arguments.out

    parts = components(arguments.recipe, build, arguments)
    packages = pinned_packages(arguments.recipe)
    manifest = {
        "name": "python",
        "interpreter": f"CPython {arguments.python}",
        "packages": [{"name": name, "version": packages[name]} for name in ("jinja2", "markupsafe")],
        "artifacts": {
            "module": artifact(out, "python.wasm", (build / "staging/python.wasm").read_bytes()),
            "image": artifact(out, "image.tar", (build / "staging/image.tar").read_bytes()),
        },
        "components": [
            {"name": name, "version": version, "licence": licence, "from": origin}
            for name, version, licence, _, origin in parts
        ],
        "sources": dict(source.split(" ", 1) for source in arguments.source),
        "recipe_sha256": recipe_hash(arguments.recipe),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")

    texts = [f"{'=' * 80}\n{name} {version}: {licence}\n{'=' * 80}\n\n{licence_text(path)}" for name, version, licence, path, _ in parts]
    (out / "LICENSES.txt").write_text("\n".join(texts))


main()
