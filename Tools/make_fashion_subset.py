#!/usr/bin/env python3
"""Makes the subset of Fashion-MNIST that is part of Hebb from the full files.

    python3 Tools/make_fashion_subset.py FOLDER

FOLDER holds the four files of https://github.com/zalandoresearch/fashion-mnist, `*-ubyte.gz`. The
subset goes to Sources/HebbData/Resources/fashion-mnist: as many images of each class, drawn and
shuffled with a fixed seed, in the same format. The same input gives the same images; the compressed
bytes may differ between versions of zlib. Needs nothing but Python 3.8 or later.
"""

import gzip
import pathlib
import random
import struct
import sys

SEED = 17
CLASSES = 10
PIXELS = 28 * 28
# Together the files stay below 4 MB.
COUNTS = {"train": 7000, "t10k": 2000}
TARGET = pathlib.Path(__file__).resolve().parent.parent / "Sources/HebbData/Resources/fashion-mnist"


def read(path):
    """Returns the sizes of an IDX file of bytes, and its elements."""
    data = gzip.decompress(path.read_bytes())
    if data[:3] != b"\0\0\x08":
        sys.exit(f"{path}: expected an IDX file of bytes")
    rank = data[3]
    sizes = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    return sizes, data[4 + 4 * rank :]


def write(path, sizes, elements):
    header = b"\0\0\x08" + bytes([len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)
    path.write_bytes(gzip.compress(header + elements, 9, mtime=0))
    print(f"{path}: {path.stat().st_size} bytes")


def choose(labels, count, generator):
    """Returns `count` places in random order, as many of each class."""
    chosen = []
    for label in range(CLASSES):
        places = [place for place, other in enumerate(labels) if other == label]
        generator.shuffle(places)
        chosen += places[: count // CLASSES]
    generator.shuffle(chosen)
    return chosen


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    TARGET.mkdir(parents=True, exist_ok=True)
    generator = random.Random(SEED)
    for part, count in COUNTS.items():
        sizes, pixels = read(folder / f"{part}-images-idx3-ubyte.gz")
        _, labels = read(folder / f"{part}-labels-idx1-ubyte.gz")
        if sizes != (len(labels), 28, 28):
            sys.exit(f"{folder}: expected {len(labels)} images of 28 times 28, found {sizes}")
        chosen = choose(labels, count, generator)
        images = b"".join(pixels[PIXELS * place : PIXELS * (place + 1)] for place in chosen)
        write(TARGET / f"{part}-images-idx3-ubyte.gz", (count, 28, 28), images)
        write(TARGET / f"{part}-labels-idx1-ubyte.gz", (count,), bytes(labels[p] for p in chosen))


if __name__ == "__main__":
    main()
