"""Write manifest.json, which says what the artefacts are and what they were made from, and
LICENSES.txt, the licences of everything inside.

    manifest.py --recipe FOLDER --build FOLDER --out FOLDER
"""

import argparse
import hashlib
import json
import pathlib
import re
import tomllib

# Files of the recipe's folder that are no input: its results and its prose.
NOT_RECIPE = {"quickjs.wasm.zst", "image.tar.zst", "manifest.json", "LICENSES.txt", "README.md"}
# Only helps to build.
NOT_INSIDE = {"esbuild"}


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
        if path.is_file() and path.name not in NOT_RECIPE:
            total.update(f"{path.relative_to(recipe).as_posix()} {sha256(path.read_bytes())}\n".encode())
    return total.hexdigest()


def licence_file(folder):
    return next((path for path in sorted(folder.glob("*")) if re.match(r"(?i)licen[cs]e|copying", path.name)), None)


def npm_packages(recipe, build):
    """(name, version, licence, file with the licence's text) of all that may be bundled."""
    lock = json.loads((recipe / "npm/package-lock.json").read_text())["packages"]
    for place, package in sorted(lock.items()):
        name = place.rpartition("node_modules/")[2]
        folder = build / "npm" / place
        if not name or name in NOT_INSIDE or name.startswith("@esbuild/") or not folder.exists():
            continue
        yield name, package["version"], package.get("license", "see text"), licence_file(folder)


def icu(recipe, build, crates):
    """ICU's code, and its data: CLDR's, the time-zone database, dictionaries. One text covers all."""
    source = build / "crates/vendor/mozjs_sys/mozjs/intl/icu/source"
    version = re.search(r'U_ICU_VERSION "([\d.]+)"', (source / "common/unicode/uvernum.h").read_text())[1]
    crate = next(each for each in crates if each["name"] == "mozjs_sys")
    wheel = re.search(r"^([\w-]+)==(\S+)", (recipe / "requirements-icu.txt").read_text(), re.M)
    text = recipe / "crates/LICENSE.icu"  # neither carries it
    origin = f"crate mozjs_sys {crate['version']}"
    yield "ICU", version, "Unicode-3.0 and others, see text", text, origin
    yield "ICU data, with CLDR", wheel[2], "Unicode-3.0 and others, see ICU", None, f"PyPI {wheel[1]}, {origin}"


def components(recipe, build):
    crates = tomllib.loads((recipe / "crates/Cargo.lock").read_text())["package"]
    crate = next(each for each in crates if each["name"] == "libquickjs-ng-sys")
    embed = build / "crates/vendor/libquickjs-ng-sys/embed/quickjs"
    header = (embed / "quickjs.h").read_text()
    version = ".".join(re.search(rf"QJS_VERSION_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH"))
    compiler = re.search(r"ziglang==(\S+)", (recipe / "requirements.txt").read_text())[1]
    yield "QuickJS-NG", version, "MIT", embed / "LICENSE", f"crate libquickjs-ng-sys {crate['version']}"
    crate = next(each for each in crates if each["name"] == "compu-brotli-sys")
    header = (build / "crates/vendor/compu-brotli-sys/brotli/c/common/version.h").read_text()
    version = ".".join(re.search(rf"BROTLI_VERSION_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH"))
    # The crate does not carry the licence's text.
    yield "Brotli", version, "MIT", recipe / "crates/LICENSE.brotli", f"crate compu-brotli-sys {crate['version']}"
    wasi = build / "zig/ziglang/lib/libc/wasi"
    yield "wasi-libc", f"in Zig {compiler}", "Apache-2.0 WITH LLVM-exception, MIT", licence_file(wasi), "PyPI ziglang"
    yield "compiler-rt", f"in Zig {compiler}", "MIT", build / "zig/ziglang/LICENSE", "PyPI ziglang"
    licence = "Apache-2.0 WITH LLVM-exception"
    yield "libc++, libc++abi", f"in Zig {compiler}", licence, build / "zig/ziglang/lib/libcxx/LICENSE.TXT", "PyPI ziglang"
    yield from icu(recipe, build, crates)
    for name, number, licence, text in npm_packages(recipe, build):
        yield name, number, licence, text, "npm"


def main():
    parser = argparse.ArgumentParser()
    for name in ("recipe", "build", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    recipe, build, out = arguments.recipe, arguments.build, arguments.out

    parts = list(components(recipe, build))
    manifest = {
        "name": "javascript",
        "interpreter": f"QuickJS-NG {parts[0][1]}",
        "packages": [],
        "artifacts": {
            "module": artifact(out, "quickjs.wasm", (build / "staging/quickjs.wasm").read_bytes()),
            "image": artifact(out, "image.tar", (build / "staging/image.tar").read_bytes()),
        },
        "components": [
            {"name": name, "version": version, "licence": licence, "from": origin}
            for name, version, licence, _, origin in parts
        ],
        "recipe_sha256": recipe_hash(recipe),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")

    texts = []
    for name, version, licence, path, _ in parts:
        text = path.read_text(errors="replace") if path else "(no licence text of its own)\n"
        texts.append(f"{'=' * 80}\n{name} {version}: {licence}\n{'=' * 80}\n\n{text}")
    (out / "LICENSES.txt").write_text("\n".join(texts))


main()
