"""Find a data file whose reader checks what it holds, because the file itself has no published checksum."""

from __future__ import annotations

import shlex
from pathlib import Path

import pooch

from neurarium.core.errors import NeurariumError
from neurarium.tasks import _files


def found(name: str) -> Path | None:
    """Path of data file `name` in ``$NEURARIUM_DATA`` or the user's cache, else None; the network is not touched."""
    paths = (folder / name for folder in _files._folders())
    return next((path for path in paths if path.is_file()), None)


def found_or_fetched(name: str, url: str) -> Path:
    """Path of data file `name`, fetched from `url` into the user's cache if it is not on this machine.

    Raises:
        NeurariumError: when it must be fetched and cannot be; the message ends in the line that fetches it.
    """
    here = found(name)
    if here is not None:
        return here
    target = _files._cache() / name
    try:
        pooch.retrieve(url, known_hash=None, fname=target.name, path=target.parent)
    except (OSError, ValueError) as error:
        raise NeurariumError(
            f"{name} is neither in ${_files.FOLDER} nor in {_files._cache()}, and could not be fetched "
            f"({type(error).__name__}: {error}). Run where there is a network: {fetch_line(target, url)}"
        ) from error
    return target


def fetch_line(path: Path, url: str) -> str:
    """The command that puts what is at `url` where it is looked for."""
    return f"curl -fL --create-dirs -o {shlex.quote(str(path))} {shlex.quote(url)}"
