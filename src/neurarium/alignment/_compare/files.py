"""Systems from files: npy, npz, safetensors, recordings, MATLAB and NWB; nothing is ever unpickled.

A path names every numeric array that its file holds; ``path::array`` names one of them.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file
from scipy.io import loadmat

from neurarium.alignment._compare.nwb import read_nwb
from neurarium.core.errors import NeurariumError, bad, unknown
from neurarium.core.recording import Recording

SEPARATOR = "::"
UNREADABLE = (OSError, ValueError, KeyError, TypeError, NotImplementedError, SafetensorError, zipfile.BadZipFile)
Arrays = Mapping[str, np.ndarray]


def read_systems(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Systems by name, from paths: a lone array is called as its file, others as they are called in it.

    Where two would be called alike, or a name is empty, the name of the file stands before it: ``file:array``.

    Raises:
        NeurariumError: for a file that is missing, of no known kind, damaged, or without such an array.
    """
    found = [(path, key, values) for name in names for path, key, values in _systems(name)]
    counts = Counter(key or path.stem for path, key, _ in found)
    systems: dict[str, np.ndarray] = {}
    for path, key, values in found:
        label = key or path.stem
        label = label if counts[label] == 1 else f"{path.stem}:{key}" if key else str(path)
        if label in systems:
            raise bad("compare", "files", "be different", label, "Name each array once.")
        systems[label] = values
    return systems


def _systems(name: str) -> Iterator[tuple[Path, str, np.ndarray]]:
    """Each array that is meant: its file, its name in it (empty if it is alone there), its values."""
    where, _, wanted = name.partition(SEPARATOR)
    path = Path(where)
    if path.suffix.lower() not in READERS:
        raise unknown("kind of file", path.suffix or where, READERS, f"Known: {', '.join(READERS)}.")
    arrays = {key: a for key, a in _read(path).items() if a.dtype.kind in "fiub" and a.ndim in (2, 3)}
    if wanted and wanted not in arrays:
        raise unknown(f"array in {path.name}", wanted, arrays)
    if not arrays:
        raise bad("compare", str(path), "hold an array of two or three axes", "none")
    for key in [wanted] if wanted else arrays:
        yield path, "" if len(arrays) == 1 else key, arrays[key]


def _read(path: Path) -> Arrays:
    try:
        return READERS[path.suffix.lower()](path)
    except NeurariumError:
        raise
    except UNREADABLE as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise NeurariumError(f"compare: {path} cannot be read ({why}). Give a whole file of that kind.") from error


def _npy(path: Path) -> Arrays:
    with path.open("rb") as file:
        return {path.stem: np.lib.format.read_array(file, allow_pickle=False)}


def _npz(path: Path) -> Arrays:
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                found[name.removesuffix(".npy")] = np.lib.format.read_array(file, allow_pickle=False)
    return found


def _safetensors(path: Path) -> Arrays:
    """Plain tensors, or a recording where its table lies beside it: ``(time, trials, units)`` becomes trials first."""
    if path.with_suffix(".json").is_file():
        return {name: a.swapaxes(0, 1) for name, a in Recording.load(path).items()}
    return load_file(path)


def _mat(path: Path) -> Arrays:
    """Numeric variables; of a struct, ``variable.field``, or what its field `name` says if it holds one array."""
    found: dict[str, np.ndarray] = {}
    for variable, value in loadmat(path, squeeze_me=True).items():
        if isinstance(value, np.ndarray) and value.dtype.names:
            for n, entry in enumerate(value.flat):
                found |= _struct(f"{variable}[{n}]" if value.size > 1 else variable, entry)
        elif isinstance(value, np.ndarray):
            found[variable] = value
    return found


def _struct(variable: str, entry: np.void) -> Arrays:
    names = entry.dtype.names or ()
    held = {field: entry[field] for field in names if isinstance(entry[field], np.ndarray) and entry[field].ndim > 1}
    says = str(entry["name"]) if "name" in names else ""
    if says and len(held) == 1:
        return {says: next(iter(held.values()))}
    return {f"{variable}.{field}": a for field, a in held.items()}


READERS: dict[str, Callable[[Path], Arrays]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".mat": _mat,
    ".nwb": read_nwb,
}
