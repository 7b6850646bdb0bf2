"""The luminance of a baseline JPEG file, for the photographs that ship with scikit-learn; no image library needed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.fft import idctn

from neurarium.core.errors import NeurariumError
from neurarium.core.kernels import compiled

BASELINE, HUFFMAN, QUANTISERS, RESTART, SCAN = 0xC0, 0xC4, 0xDB, 0xDD, 0xDA
ZIGZAG = np.array(
    [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21]
    + [28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61]
    + [54, 47, 55, 62, 63]
)


@dataclass
class _Header:
    """What the segments before the scan say."""

    height: int = 0
    width: int = 0
    quantisers: dict[int, np.ndarray] = field(default_factory=dict)
    tables: dict[int, np.ndarray] = field(default_factory=dict)  # 16 first codes, 16 counts, 16 offsets, then symbols
    components: list[int] = field(default_factory=list)  # quantiser of each component


def luminance(data: bytes) -> np.ndarray:
    """Decode the first component (Y) of a baseline JPEG: ``(height, width)``, float64, 0 to 255.

    Only what the two photographs need: 8 bits, Huffman codes, no subsampling, no restart markers.

    Raises:
        NeurariumError: for any other kind of file.
    """
    header, scan, tables_of = _read(data)
    # a stuffed zero follows each 0xFF of the data; the scan ends at the first other marker
    stream = np.frombuffer(scan.replace(b"\xff\x00", b"\xff"), np.uint8)
    rows, columns = -(-header.height // 8), -(-header.width // 8)
    tables = np.zeros((2 * len(tables_of), 48 + 256), np.int64)
    for i, (dc, ac) in enumerate(tables_of):
        for j, table in enumerate((header.tables[dc], header.tables[16 + ac])):
            tables[2 * i + j, : len(table)] = table
    blocks = np.zeros((rows * columns, 64), np.int64)
    if not _decode(stream, tables, ZIGZAG, blocks):
        raise NeurariumError("JPEG: the data ends before the image does.")
    dequantised = (blocks * header.quantisers[header.components[0]]).reshape(-1, 8, 8)
    pixels = idctn(dequantised, axes=(1, 2), norm="ortho") + 128
    image = pixels.reshape(rows, columns, 8, 8).swapaxes(1, 2).reshape(8 * rows, 8 * columns)
    return image[: header.height, : header.width].clip(0, 255)


def _read(data: bytes) -> tuple[_Header, bytes, list[tuple[int, int]]]:
    """The header, the coded data, and the (DC, AC) tables of each component in the scan."""
    header, at = _Header(), 2
    while data[:2] == b"\xff\xd8" and at + 4 <= len(data):
        marker, body = data[at + 1], data[at + 4 : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
        at += 4 + len(body)
        if marker == SCAN:
            return header, data[at:], [(body[2 + 2 * i] >> 4, body[2 + 2 * i] & 15) for i in range(body[0])]
        if marker == BASELINE:
            header.height, header.width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            header.components = [body[8 + 3 * i] for i in range(body[5])]
            if any(body[7 + 3 * i] != 0x11 for i in range(body[5])):
                raise NeurariumError("JPEG: a component is subsampled, which is not supported.")
        elif marker == QUANTISERS:
            for i in range(0, len(body), 65):
                table = np.zeros(64, np.int64)
                table[ZIGZAG] = np.frombuffer(body[i + 1 : i + 65], np.uint8)
                header.quantisers[body[i] & 15] = table
        elif marker == HUFFMAN:
            while body:
                n = sum(body[1:17])
                header.tables[body[0]] = _canonical(body[1:17], body[17 : 17 + n])
                body = body[17 + n :]
        elif 0xC1 <= marker <= 0xCF or marker == RESTART:
            raise NeurariumError(f"JPEG: marker {marker:#x} (progressive, arithmetic or restarts) is not supported.")
    raise NeurariumError("JPEG: this is no baseline JPEG file.")


def _canonical(counts: bytes, symbols: bytes) -> np.ndarray:
    """First code, number of codes and offset among the symbols, for lengths of 1 to 16 bits; then the symbols."""
    first, offset, code, n = [], [], 0, 0
    for count in counts:
        first.append(code)
        offset.append(n)
        code, n = (code + count) << 1, n + count
    return np.array([*first, *counts, *offset, *symbols], np.int64)


@compiled()
def _symbol(stream, at, table):
    """The next Huffman symbol and the bit after it; -1 if there is none."""
    code = 0
    for length in range(16):
        code = (code << 1) | _bits(stream, at, 1)
        at += 1
        if code - table[length] < table[16 + length]:
            return table[48 + table[32 + length] + code - table[length]], at
    return -1, at


@compiled()
def _bits(stream, at, n):
    """The `n` bits from bit `at` as a number; ones beyond the end."""
    value = 0
    for i in range(at, at + n):
        byte = stream[i >> 3] if (i >> 3) < len(stream) else 255
        value = (value << 1) | ((byte >> (7 - (i & 7))) & 1)
    return value


@compiled()
def _signed(stream, at, n):
    """The `n` bits from bit `at`, in JPEG's code for signed numbers of that size."""
    value = _bits(stream, at, n)
    return value if n == 0 or value >= (1 << (n - 1)) else value - (1 << n) + 1


@compiled()
def _decode(stream, tables, zigzag, blocks):
    """Fill the blocks of the first component; the others are read and dropped. False if the data is too short."""
    n_components = len(tables) // 2
    dc = np.zeros(n_components, np.int64)
    at = 0
    for b in range(len(blocks)):
        for c in range(n_components):
            size, at = _symbol(stream, at, tables[2 * c])
            if size < 0 or at > 8 * len(stream):
                return False
            dc[c] += _signed(stream, at, size)
            at += size
            if c == 0:
                blocks[b, 0] = dc[0]
            k = 1
            while k < 64:
                symbol, at = _symbol(stream, at, tables[2 * c + 1])
                size = symbol & 15
                if symbol < 0 or (size == 0 and symbol != 0xF0):
                    break  # end of block
                k += symbol >> 4
                if size > 0 and k < 64:
                    if c == 0:
                        blocks[b, zigzag[k]] = _signed(stream, at, size)
                    at += size
                k += 1
    return True
