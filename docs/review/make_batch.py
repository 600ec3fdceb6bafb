#!/usr/bin/env python3
"""Forty hippocampi as DICOM series with masks, five of them spoilt, for docs/tutorial-review.md.

usage: make_batch.py DATASET INBOX [VIGIL] [--no-masks]

DATASET is Task04 of the Medical Segmentation Decathlon as an nnU-Net v2 data set (imagesTr, labelsTr). Each of its first forty cases
becomes a folder of INBOX with a series and mask.nii.gz, or with the series alone. Which ones are spoilt, and how, is printed at the end and stands nowhere else.
Needs Python's standard library only; what is spoilt is spoilt in the voxels or in the header of image and mask alike.
"""

import gzip
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = 40
HEADER = 352  # bytes of a NIfTI-1 header with its empty extension


def read(path):
    data = gzip.decompress(path.read_bytes())
    assert struct.unpack("<i", data[:4])[0] == 348, f"{path}: no little-endian NIfTI-1"
    start = int(struct.unpack("<f", data[108:112])[0])
    return bytearray(data[:HEADER]), data[start:]


def grid(header):
    """Columns, rows, slices, bytes of a voxel."""
    return struct.unpack("<3h", header[42:48]) + (struct.unpack("<h", header[72:74])[0] // 8,)


def pieces(voxels, size):
    return [voxels[start:start + size] for start in range(0, len(voxels), size)]


def upside_down(header, voxels):
    """The slices in the wrong order: what is superior is said to be inferior."""
    columns, rows, _, size = grid(header)
    return header, b"".join(reversed(pieces(voxels, columns * rows * size)))


def stretched(header, voxels):
    """Slices of 1 mm that say they are 3 mm apart."""
    header[88:92] = struct.pack("<f", 3 * struct.unpack("<f", header[88:92])[0])
    for row in range(3):  # the third column of srow_x, srow_y, srow_z
        place = 280 + 16 * row + 8
        header[place:place + 4] = struct.pack("<f", 3 * struct.unpack("<f", header[place:place + 4])[0])
    return header, voxels


def cut(header, voxels):
    """The posterior half of the rows was never scanned."""
    columns, rows, _, size = grid(header)
    kept = rows // 2
    header[44:46] = struct.pack("<h", kept)
    return header, b"".join(one[(rows - kept) * columns * size:] for one in pieces(voxels, columns * rows * size))


def shuffled(header, voxels):
    """The slices in no order at all."""
    columns, rows, _, size = grid(header)
    slices = pieces(voxels, columns * rows * size)
    random.Random(3).shuffle(slices)  # the same order for image and mask
    return header, b"".join(slices)


def sideways(header, voxels):
    """The rows run backwards: what is anterior is said to be posterior."""
    columns, rows, _, size = grid(header)
    return header, b"".join(
        b"".join(reversed(pieces(one, columns * size))) for one in pieces(voxels, columns * rows * size))


SPOILT = {7: upside_down, 13: stretched, 22: cut, 29: shuffled, 36: sideways}


def main():
    words = [word for word in sys.argv[1:] if word != "--no-masks"]
    has_masks = len(words) == len(sys.argv) - 1
    dataset, inbox = Path(words[0]), Path(words[1])
    vigil = words[2] if len(words) > 2 else ".build/release/vigil"
    images = sorted((dataset / "imagesTr").glob("*_0000.nii.gz"))[:CASES]
    with tempfile.TemporaryDirectory() as folder:
        for number, image in enumerate(images, 1):
            case = image.name.removesuffix("_0000.nii.gz")
            spoil = SPOILT.get(number)
            places = []
            for path, name in [(image, "image.nii.gz"), (dataset / "labelsTr" / f"{case}.nii.gz", "mask.nii.gz")]:
                header, voxels = read(path)
                if spoil:
                    header, voxels = spoil(header, voxels)
                header[108:112] = struct.pack("<f", HEADER)
                places.append(Path(folder) / name)
                places[-1].write_bytes(gzip.compress(bytes(header) + bytes(voxels)))
            mask = ["--mask", places[1]] if has_masks else []
            subprocess.run(
                [vigil, "sample", places[0], inbox / f"{number:02}", *mask, "--description", f"hippo {number:02}"], check=True,
                stdout=subprocess.DEVNULL)
    print(f"{len(images)} series in {inbox}. Do not read on if you want to find them yourself:")
    for number, spoil in SPOILT.items():
        print(f"hippo {number:02}: {spoil.__doc__}")


main()
