"""Find a data file: ``$NEURARIUM_DATA``, then the user's cache, then its own home."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from pathlib import Path

import pooch

from neurarium.core.errors import NeurariumError, bad

FOLDER = "NEURARIUM_DATA"
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


def find_data(name: str, *, url: str, sha256: str | None) -> Path:
    """Path of data file `name`, fetched from `url` if it is not on this machine.

    Args:
        name: relative path with forward slashes, e.g. ``mnist/t10k-images-idx3-ubyte.gz``.
        url: where it comes from.
        sha256: checksum of the file, in hex; a file that does not match is never handed out. None for a file without a
            checksum of its own, such as an archive made on demand: then its reader must check what it holds.

    Raises:
        NeurariumError: for a name that could leave the data folder, a file with another checksum, or when the file
            must be fetched and cannot be; the message ends in the line that fetches it.
    """
    here = local_data(name, sha256=sha256, url=url)
    if here is not None:
        return here
    target = _cache() / name
    try:
        pooch.retrieve(url, known_hash=sha256 and f"sha256:{sha256}", fname=target.name, path=target.parent)
    except (OSError, ValueError) as error:  # no network; wrong checksum
        raise NeurariumError(
            f"{name} is neither in ${FOLDER} nor in {_cache()}, and could not be fetched "
            f"({type(error).__name__}: {error}). Run where there is a network: {fetch_line(target, url)}"
        ) from error
    return target


def local_data(name: str, *, sha256: str | None, url: str = "") -> Path | None:
    """Path of data file `name` if it is on this machine, else None; the network is not touched."""
    if not _SAFE.fullmatch(name):
        raise bad("find_data", "name", "be a plain relative path such as 'mnist/labels.gz'", name)
    for folder in _folders():
        path = folder / name
        if path.is_file():
            if sha256 is not None:
                _verify(path, sha256, url)
            return path
    return None


def _folders() -> list[Path]:
    given = os.environ.get(FOLDER)
    if not given:
        return [_cache()]
    if not Path(given).is_dir():
        raise bad("find_data", f"${FOLDER}", "name an existing folder", given, "Correct or unset the variable.")
    return [Path(given), _cache()]


def _cache() -> Path:
    return Path(pooch.os_cache("neurarium"))


def _verify(path: Path, sha256: str, url: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise NeurariumError(
            f"{path} is damaged or another version: its sha256 is {found}, not {sha256}. "
            f"Replace it: {fetch_line(path, url)}"
        )


def fetch_line(path: Path, url: str) -> str:
    """The command that puts what is at `url` where it is looked for."""
    return f"curl -fL --create-dirs -o {shlex.quote(str(path))} {shlex.quote(url)}"
