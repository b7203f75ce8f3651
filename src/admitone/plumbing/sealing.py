"""Secrets at rest: an AES-256-GCM envelope (NIST SP 800-38D) under a master key, and the file the key lives
in.

A sealed value is ``u8 format | u8 key id | 12-byte random nonce | ciphertext and 16-byte tag``. The caller's
context (say, ``b"signing_keys/private/7"``) is authenticated but not stored, so a value moved to another row
does not open.
"""

import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_LENGTH: Final = 32
"""Bytes in a master key."""

_FORMAT: Final = 1
_HEADER_LENGTH: Final = 2
_NONCE_LENGTH: Final = 12
_TAG_LENGTH: Final = 16


class SealBroken(Exception):
    """The sealed bytes do not open: altered, cut, for another context, or under a key we do not have."""


class MasterKeyUnusable(Exception):
    """The master key file holds something else than a key, or others may read it. The message says which."""


class Sealer:
    """Seals with the active master key; opens with any key still held,
    so a key is replaced without a stop.
    """

    __slots__ = ("_active", "_ciphers")

    def __init__(self, master_keys: Mapping[int, bytes], active: int) -> None:
        assert active in master_keys, "the active master key must be among the keys"
        for key_id, key in master_keys.items():
            assert 0 <= key_id <= 255, "a master key id is one byte"
            assert len(key) == KEY_LENGTH, "a master key is 32 bytes"
        self._ciphers = {key_id: AESGCM(key) for key_id, key in master_keys.items()}
        self._active = active

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt `plain` so that it opens only with the same `context`. Every call gives other bytes."""
        header = bytes((_FORMAT, self._active))
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        return header + nonce + self._ciphers[self._active].encrypt(nonce, plain, header + context)

    def open_(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt what `seal` made. Raises `SealBroken`, always with the same message, whatever was wrong."""
        header, rest = sealed[:_HEADER_LENGTH], sealed[_HEADER_LENGTH:]
        if len(rest) < _NONCE_LENGTH + _TAG_LENGTH or header[0] != _FORMAT or header[1] not in self._ciphers:
            raise SealBroken("sealed value does not open")
        try:
            return self._ciphers[header[1]].decrypt(
                rest[:_NONCE_LENGTH], rest[_NONCE_LENGTH:], header + context
            )
        except InvalidTag:
            raise SealBroken("sealed value does not open") from None

    def is_stale(self, sealed: bytes) -> bool:
        """Was this sealed under a key that is no longer the active one? Then it is due to be sealed again."""
        return len(sealed) < _HEADER_LENGTH or sealed[1] != self._active


def load_or_create_master_key(path: Path) -> bytes:
    """Read the 32-byte master key, made on first use. Processes that start together all get the same key.

    The key is written in full to a private file beside `path` and then hard-linked into place: the link
    either appears complete or, when another process was first, not at all. Mode 0600, hex, one line.

    Raises `MasterKeyUnusable` when the file is not a key or is readable by group or others.
    """
    if not path.exists():
        _create(path)
    status = path.stat()
    if status.st_mode & 0o077:
        raise MasterKeyUnusable(f"{path} can be read by others; run: chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        raise MasterKeyUnusable(f"{path} does not hold a master key (64 hexadecimal digits)") from None
    if len(key) != KEY_LENGTH:
        raise MasterKeyUnusable(f"{path} does not hold a master key (64 hexadecimal digits)")
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp opens with mode 0600 and O_EXCL, so the key is never readable by others, not even for an
    # instant.
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_LENGTH) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        _flush_folder(path.parent)
    finally:
        os.unlink(draft)


def _flush_folder(folder: Path) -> None:
    # The name must survive a power cut too: a key lost after its first use would lose everything sealed with
    # it.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
