"""Read the idx format: a typed header, the sizes, then the bytes."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from neurarium.core.errors import NeurariumError

UNSIGNED_BYTE = 0x08


def read_idx(path: Path, *, n_axes: int) -> UInt8[np.ndarray, " ..."]:
    """Read a gzipped idx-ubyte file.

    Header: ``0 0 type n_axes``, then `n_axes` big-endian 32-bit sizes, then exactly that many bytes.

    Args:
        path: the ``.gz`` file.
        n_axes: axes it must have: 3 for images, 1 for labels.

    Raises:
        NeurariumError: when the file is no gzip, has another magic number, or is shorter or longer than it says.
    """
    try:
        with gzip.open(path) as file:
            head = file.read(4 + 4 * n_axes)
            if head[:4] != bytes((0, 0, UNSIGNED_BYTE, n_axes)):
                raise NeurariumError(
                    f"{path}: magic number {head[:4].hex()} is not that of {n_axes}-axis unsigned bytes "
                    f"(0000{UNSIGNED_BYTE:02x}{n_axes:02x}). Is it the right file?"
                )
            if len(head) < 4 + 4 * n_axes:
                raise EOFError("the header is cut short")
            shape = struct.unpack(f">{n_axes}I", head[4:])
            body = file.read(math.prod(shape) + 1)  # one more than promised, so that a longer file shows
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise NeurariumError(f"{path}: cannot be read as a gzipped idx file ({error}). Fetch it again.") from error
    if len(body) != math.prod(shape):
        more = "more" if len(body) > math.prod(shape) else f"only {len(body)}"
        raise NeurariumError(f"{path}: promises {math.prod(shape)} bytes and holds {more}. Fetch it again.")
    return np.frombuffer(body, dtype=np.uint8).reshape(shape)
