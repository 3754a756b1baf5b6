"""Digests that tell equal from different to whoever has the folder's salt, and nothing else."""

from __future__ import annotations

import os
from typing import Final

_NAME: Final = "salt"
_BYTES: Final = 16


def of_folder(folder: str) -> bytes:
    """The salt of a folder, made with the first use of it."""
    path = os.path.join(folder, _NAME)
    temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        pass
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
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return os.urandom(_BYTES)


def digest(salt: bytes, text: str) -> str:
    """A short digest of a text."""
    from hashlib import blake2b

    return blake2b(text.encode("utf-8", "surrogatepass"), key=salt, digest_size=6).hexdigest()
