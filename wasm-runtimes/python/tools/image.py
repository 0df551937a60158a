"""Write image.tar: the read-only files a guest sees below `/`.

    image.py --tzdata FOLDER --epoch SECONDS --out FILE

Plain files only (no links, no devices, no owners), sorted, one time stamp: the same inputs give
the same bytes.
"""

import argparse
import io
import pathlib
import tarfile

ZONEINFO = "usr/share/zoneinfo"


def time_zone_files(folder):
    """The compiled zones and the tables beside them, without the Python package around them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            yield f"{ZONEINFO}/{path.relative_to(folder).as_posix()}", path.read_bytes()


def add(archive, name, data, epoch):
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(data), epoch, 0o444
    archive.addfile(member, io.BytesIO(data))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tzdata", type=pathlib.Path, required=True)
    parser.add_argument("--epoch", type=int, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()

    with tarfile.open(args.out, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in time_zone_files(args.tzdata):
            add(archive, name, data, args.epoch)


main()
