"""Pick from ICU's data what Intl needs and write it as one package, which ICU reads in place.

    icu_data.py --full WHEEL --slim icudtXXl.dat --out FILE

The full data comes from the library in a wheel of PyICU's kind. Two trees come from the package that
Firefox ships, in which those trees were cut down to what ECMA-402 can show.
"""

import argparse
import pathlib
import re
import struct
import zipfile

LANGUAGES = set(
    """
    ar bg bn ca cs da de el en es et fa fi fil fr gu he hi hr hu id it ja kn ko lt lv ml mr ms nb ne nl nn no
    pa pl pt ro ru sk sl sr sv ta te th tr uk ur vi zh
    in iw ji mo sh tl
    """.split()
)  # the last line: old names of others
SLIM_TREES = {"unit", "lang"}
# Conversions, transliteration, spelling out but for calendars, security checks, lines, names of characters, and scripts
# whose words only a dictionary tells apart.
DROPPED = re.compile(
    r".*\.(cnv|spp|cfu)|translit/.*|rbnf/(?!(root|pool|res_index|ja|zh|zh_Hant)\.).*"
    r"|brkitr/(line|title|burmese|khmer|lao).*"
    r"|(unames|cnvalias)\.icu|(uts46|nfkc_cf|nfkc_scf)\.nrm"
    r"|(genderList|currencyNumericCodes|windowsZones)\.res"
)
LOCALE = re.compile(r"(?:(?P<tree>\w+)/)?(?P<language>[a-z]{2,3})(_\w+)?\.res")
HEADER = b"CmnD"
ALIGNMENT = 16


def items(package):
    """The package's header and its items by name, without the package's name."""
    header_size, magic = struct.unpack_from("<HH", package)
    if magic != 0x27DA:
        raise SystemExit("not a package of ICU's data")
    (count,) = struct.unpack_from("<I", package, header_size)
    entries = []
    for index in range(count):
        name, start = struct.unpack_from("<II", package, header_size + 4 + 8 * index)
        end = package.index(b"\0", header_size + name)
        entries.append((package[header_size + name : end].decode(), header_size + start))
    ends = [start for _, start in entries[1:]] + [len(package)]
    prefix = entries[0][0].partition("/")[0]
    return prefix, package[:header_size], {
        name.partition("/")[2]: package[start:end] for (name, start), end in zip(entries, ends)
    }


def package_of_library(wheel):
    """The data inside libicudata, up to the end of its section."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if re.search(r"libicudata\.so\.\d+\.\d+$", each))
        library = archive.read(name)
    start = library.index(HEADER) - 12
    (table,) = struct.unpack_from("<Q", library, 40)
    size, count = struct.unpack_from("<HH", library, 58)
    for index in range(count):
        offset, length = struct.unpack_from("<QQ", library, table + index * size + 24)
        if offset <= start < offset + length:
            return library[start : offset + length]
    raise SystemExit(f"{name}: no section holds the data")


def wanted(name):
    if DROPPED.fullmatch(name):
        return False
    locale = LOCALE.fullmatch(name)
    if locale is None or locale["language"] == "res" or locale["tree"] == "brkitr":
        return True
    return locale["language"] in LANGUAGES


def write(prefix, header, chosen):
    names = sorted(chosen, key=lambda name: f"{prefix}/{name}".encode())
    table = 4 + 8 * len(names)
    texts, offsets = b"", []
    for name in names:
        offsets.append(table + len(texts))
        texts += f"{prefix}/{name}".encode() + b"\0"
    position = table + len(texts)
    chunks, starts = [], []
    for name in names:
        # What follows the package's own header is aligned if the header's size is.
        padding = -(len(header) + position) % ALIGNMENT
        chunks.append(b"\0" * padding + chosen[name])
        starts.append(position + padding)
        position += len(chunks[-1])
    index = struct.pack("<I", len(names))
    index += b"".join(struct.pack("<II", *pair) for pair in zip(offsets, starts))
    return header + index + texts + b"".join(chunks)


def main():
    parser = argparse.ArgumentParser()
    for name in ("full", "slim", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    prefix, header, full = items(package_of_library(arguments.full))
    slim_prefix, _, slim = items(arguments.slim.read_bytes())
    if prefix != slim_prefix:
        raise SystemExit(f"data of two versions: {prefix}, {slim_prefix}")
    source = {name: data for name, data in full.items() if name.partition("/")[0] not in SLIM_TREES}
    source |= {name: data for name, data in slim.items() if name.partition("/")[0] in SLIM_TREES}
    chosen = {name: data for name, data in source.items() if wanted(name)}
    arguments.out.write_bytes(write(prefix, header, chosen))


main()
