"""Digests that tell equal from different to whoever has the folder's salt, and nothing else."""

from __future__ import annotations

import os
from typing import Final

from .log import warn_once

_NAME: Final = "salt"
_BYTES: Final = 16


def of_folder(folder: str) -> bytes:
    """The salt of a folder, made with the first use of it."""
    path = os.path.join(folder, _NAME)
    temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}"
    found = _read(path)
    if found is not None:
        return found
    try:
        os.makedirs(folder, exist_ok=True)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(_BYTES))
        # Whole or not at all, and the first one stays.
        try:
            os.link(temporary, path)
        finally:
            os.unlink(temporary)
    except OSError:
        pass
    found = _read(path)
    if found is None:
        warn_once(f"{path}: it can't be read, or made; digests of this process can't be compared with those of others: have all run as one user")
        found = os.urandom(_BYTES)
    return found


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            found = file.read(_BYTES + 1)
    except OSError:
        return None
    return found if len(found) == _BYTES else None


def mark_of(salt: bytes) -> str:
    """What tells whether two salts are the same, and nothing else of them."""
    return digest(salt, "the salt itself")


def digest(salt: bytes, text: str) -> str:
    """A short digest of a text."""
    from hashlib import blake2b

    return blake2b(text.encode("utf-8", "surrogatepass"), key=salt, digest_size=6).hexdigest()
