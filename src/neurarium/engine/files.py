"""Write a file so that it is whole or not there; read it so that damage is noticed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from neurarium.core.errors import NeurariumError


class StorageError(NeurariumError):
    """The disk did not take what was to be kept."""


class DamagedError(NeurariumError):
    """A stored file is not what was written."""


def sha256(content: bytes) -> str:
    """Hex digest of `content`."""
    return hashlib.sha256(content).hexdigest()


def write_synced(path: Path, content: bytes) -> None:
    """Write and fsync.

    Raises:
        OSError: as the disk gives it; callers turn it into a :func:`storage_error` that names their folder.
    """
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        if content:  # an empty file has nothing that could be lost
            os.fsync(file.fileno())


def replace_whole(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one instant: readers see the old file or the new one.

    Raises:
        StorageError: when the disk does not take it; the old file stays.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_synced(part, content)
        os.replace(part, path)
    except OSError as error:
        raise storage_error(path.parent, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def sync_folder(path: Path) -> None:
    """Make a rename inside `path` survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def seal(body: dict[str, Any]) -> bytes:
    """JSON with its own checksum, for files that must prove they are whole."""
    return json.dumps({"sha256": sha256(_plain(body)), "body": body}, indent=1).encode()


def unseal(path: Path) -> dict[str, Any]:
    """The body of a sealed file.

    Raises:
        DamagedError: when the file is truncated, altered or not JSON; the message names it.
    """
    try:
        sealed = json.loads(path.read_bytes())
        body, digest = sealed["body"], sealed["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{path}: cannot be read ({type(error).__name__}: {error})") from error
    if sha256(_plain(body)) != digest:
        raise DamagedError(f"{path}: content does not match its checksum")
    return body


def storage_error(path: Path, error: OSError) -> StorageError:
    """The error of the disk, in one line with the way out."""
    why = os.strerror(error.errno) if error.errno else str(error)
    remedy = {
        errno.ENOSPC: "Free some space and run again",
        errno.EDQUOT: "Free some space and run again",
        errno.EACCES: "Choose another folder with --store",
        errno.EROFS: "Choose another folder with --store",
        errno.EPERM: "Choose another folder with --store",
    }.get(error.errno or 0, "Mend it and run again")
    return StorageError(f"{path}: cannot be written ({why}). {remedy}; finished trials are kept.")


def _plain(body: Any) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
