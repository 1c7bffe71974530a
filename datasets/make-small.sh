#!/bin/sh
# Makes the two committed data sets from the full ones; the same input gives the same bytes.
#
#   usage: datasets/make-small.sh FASHION-MNIST-DIRECTORY SPEECHES-DIRECTORY
#
# For maintainers only: nothing that a user runs needs python. Afterwards copy the printed checksums to registry.json.
set -eu
test $# -eq 2 || { sed -n '4s/^# *//p' "$0" >&2; exit 2; }
exec python3 - "$1" "$2" "$(dirname "$0")" <<'PYTHON'
import gzip, hashlib, pathlib, struct, sys

fashion, speeches, here = map(pathlib.Path, sys.argv[1:])
PER_CLASS, EXCERPT_BYTES, LONGEST = 500, 900_000, 60_000


def write_gzip(path, content):
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(content)


def small_fashion():
    """The first 500 images of each class, in the order of the SHA-256 of their index."""
    images = gzip.open(fashion / "train-images-idx3-ubyte.gz").read()
    labels = gzip.open(fashion / "train-labels-idx1-ubyte.gz").read()[8:]
    _, _, height, width = struct.unpack(">4I", images[:16])
    size, taken, chosen = height * width, [0] * 10, []
    for index, label in enumerate(labels):
        if taken[label] < PER_CLASS:
            taken[label] += 1
            chosen.append(index)
    chosen.sort(key=lambda index: hashlib.sha256(b"%d" % index).digest())
    pixels = b"".join(images[16 + i * size:16 + (i + 1) * size] for i in chosen)
    out = here / "fashion-mnist-small"
    out.mkdir(exist_ok=True)
    write_gzip(out / "images-idx3-ubyte.gz", struct.pack(">4I", 0x803, len(chosen), height, width) + pixels)
    write_gzip(out / "labels-idx1-ubyte.gz", struct.pack(">2I", 0x801, len(chosen)) + bytes(labels[i] for i in chosen))
    return out, "*.gz"


def sotu_excerpt():
    """Rounds over the decades; each takes a decade's next speech that is short enough, until the excerpt is full."""
    decades = {}
    for file in sorted(speeches.glob("*.txt")):
        if file.stat().st_size <= LONGEST:
            decades.setdefault(file.name[:3], []).append(file)
    chosen, total, rest = [], 0, [iter(files) for _, files in sorted(decades.items())]
    while rest:
        for files in list(rest):
            file = next(files, None)
            if file is None:
                rest.remove(files)
            elif total + file.stat().st_size <= EXCERPT_BYTES:
                chosen.append(file)
                total += file.stat().st_size
    out = here / "sotu-excerpt"
    out.mkdir(exist_ok=True)
    for old in out.glob("*.txt"):
        old.unlink()
    for file in chosen:
        (out / file.name).write_bytes(file.read_bytes())
    return out, "*.txt"


for out, pattern in (small_fashion(), sotu_excerpt()):
    files = sorted(out.glob(pattern))
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    size = sum(file.stat().st_size for file in files)
    print(f"{out.name}: {len(files)} files, {size} bytes, checksum {hashlib.sha256(''.join(lines).encode()).hexdigest()}")
    print("".join(lines[:4]), end="")
PYTHON
