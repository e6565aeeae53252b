"""Sealed: an encrypted stream of any length in constant memory. No piece can be changed, moved or cut off.

A line of JSON says how the key is made of the passphrase (scrypt, RFC 7914); then come pieces of ``PIECE`` bytes,
each sealed by ChaCha20-Poly1305 under a nonce of 7 random bytes, its number and whether it is the last one (the
construction STREAM of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). The line is authenticated with each piece.
"""

import json
import os
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from monitoring.backup.errors import BackupError

PIECE, TAG = 1 << 20, 16
FORMAT = "hyperliquid-dashboard sealed 1"
LONGEST_LINE = 1024
HARDEST = 1 << 20
"""Most of scrypt's ``n`` that is believed: a file must not make us work for ever."""


class SealedWriter:
    """A file to write to; what arrives in ``out`` can be read by whoever has the passphrase. ``close`` ends it."""

    def __init__(self, out: IO[bytes], passphrase: str) -> None:
        self._out, self._held, self._number = out, bytearray(), 0
        said = {"format": FORMAT, "n": 1 << 15, "r": 8, "p": 1, "salt": os.urandom(16).hex()}
        self._prefix = os.urandom(7)
        self._line = json.dumps(said | {"prefix": self._prefix.hex()}).encode() + b"\n"
        self._cipher = ChaCha20Poly1305(_key(said, passphrase))
        out.write(self._line)

    def write(self, data: bytes) -> int:
        """Hold it until a piece is full and it is known that another follows."""
        self._held += data
        while len(self._held) > PIECE:
            self._seal(bytes(self._held[:PIECE]), is_last=False)
            del self._held[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Pieces go out when they are full."""

    def close(self) -> None:
        """Write the last piece, which may be empty."""
        self._seal(bytes(self._held), is_last=True)

    def _seal(self, piece: bytes, is_last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, is_last)
        self._out.write(self._cipher.encrypt(nonce, piece, self._line))
        self._number += 1


class SealedReader:
    """A file to read from; raises BackupError at the first piece that is not as it was written."""

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        self._source, self._held, self._number, self._is_over = source, bytearray(), 0, False
        self._line = source.readline(LONGEST_LINE)
        try:
            said = json.loads(self._line)
            if said["format"] != FORMAT or not 1 < said["n"] <= HARDEST or said["r"] * said["p"] > 64:
                raise ValueError
            self._prefix = bytes.fromhex(said["prefix"])
            self._cipher = ChaCha20Poly1305(_key(said, passphrase))
        except (ValueError, KeyError, TypeError) as error:
            raise BackupError("the beginning of the file is damaged") from error
        self._next = source.read(PIECE + TAG)

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, all of them for -1; none at the end."""
        while not self._is_over and (size < 0 or len(self._held) < size):
            self._held += self._open()
        wanted = len(self._held) if size < 0 else size
        data = bytes(self._held[:wanted])
        del self._held[:wanted]
        return data

    def _open(self) -> bytes:
        piece, self._next = self._next, self._source.read(PIECE + TAG)
        self._is_over = not self._next
        nonce = _nonce(self._prefix, self._number, self._is_over)
        self._number += 1
        try:
            return self._cipher.decrypt(nonce, piece, self._line)
        except InvalidTag:
            is_first = self._number == 1
            why = "BACKUP_KEY is not the one it was made with, or it is damaged" if is_first else "it is damaged"
            raise BackupError(f"the file cannot be decrypted: {why} or cut off") from None


def is_sealed(beginning: bytes) -> bool:
    """Whether a file that begins so is one of these."""
    return beginning.startswith(b'{"format": "hyperliquid-dashboard sealed')


def _key(said: dict, passphrase: str) -> bytes:
    kdf = Scrypt(salt=bytes.fromhex(said["salt"]), length=32, n=said["n"], r=said["r"], p=said["p"])
    return kdf.derive(passphrase.encode())


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])
