"""What a witness keeps: its keys, and for each log the newest checkpoint that it cosigned, one file each.

A checkpoint is on the disk (fsync of file and directory) before anybody sees the cosignature. It moves by
compare-and-swap under a file lock, so two requests, or two processes on one directory, never roll a log back. A file
that can't be understood is an error, never an empty memory.
"""

import fcntl
import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from authsvc.evidence.checkpoint import Checkpoint, parse_checkpoint
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.note import Cosigner, TreeSigner, parse_note

KEY = "witness.key"


class Damaged(Exception):
    """The witness's own files can't be used; the message says which and why."""


class Memory:
    """The newest cosigned checkpoint of each log, in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def note(self, origin: str) -> bytes | None:
        """The cosigned note, None before the first."""
        try:
            return self._path(origin).read_bytes()
        except FileNotFoundError:
            return None

    def held(self, origin: str) -> Checkpoint | None:
        """The checkpoint remembered for this log. Damaged when its file can't be understood."""
        note = self.note(origin)
        if note is None:
            return None
        try:
            checkpoint = parse_checkpoint(parse_note(note).text)
        except EvidenceError as error:
            raise Damaged(f"{self._path(origin)}: {error.message}") from error
        if checkpoint.origin != origin:
            raise Damaged(f"{self._path(origin)}: a checkpoint of another log")
        return checkpoint

    def swap(self, origin: str, known: Checkpoint | None, note: bytes) -> bool:
        """Remember this note if what is remembered is still `known`; on the disk when this returns True."""
        with self._locked():
            if self.held(origin) != known:
                return False
            path = self._path(origin)
            draft = path.with_suffix(".new")
            with draft.open("wb") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            self._flush_directory()
            return True

    def is_empty(self) -> bool:
        """Whether nothing was ever cosigned here."""
        return not any(self._directory.glob("*.checkpoint"))

    def _path(self, origin: str) -> Path:
        return self._directory / f"{hashlib.sha256(origin.encode()).hexdigest()}.checkpoint"

    def _flush_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def _locked(self) -> Generator[None, None, None]:
        descriptor = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def keys_of(directory: Path, name: str) -> tuple[Cosigner, TreeSigner]:
    """The witness's own keys, made on the first start: Ed25519 and ML-DSA-44 under one name.

    Damaged when the file can't be read, can be read by others, is another witness's, or is gone while a memory
    is there.
    """
    path = directory / KEY
    if not path.exists():
        if not Memory(directory).is_empty():
            raise Damaged(f"{path} is gone, but this directory has cosigned before: bring the key back")
        _make(path, name)
    try:
        if path.stat().st_mode & 0o077:
            raise Damaged(f"{path} can be read by others: chmod 600")
        stored, *seeds = path.read_text(encoding="utf-8").splitlines()
        ed25519, ml_dsa = (b64decode(seed, validate=True) for seed in seeds)
    except (OSError, ValueError) as error:
        raise Damaged(f"{path} is damaged") from error
    if stored != name:
        raise Damaged(f"{path} is the key of {stored}, not of {name}; a witness's name belongs to its key")
    return (
        Cosigner(name, Ed25519PrivateKey.from_private_bytes(ed25519)),
        TreeSigner(name, MLDSA44PrivateKey.from_seed_bytes(ml_dsa)),
    )


def _make(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    seeds = (Ed25519PrivateKey.generate().private_bytes_raw(), MLDSA44PrivateKey.generate().private_bytes_raw())
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in (name, *(b64encode(seed).decode() for seed in seeds))))
        file.flush()
        os.fsync(file.fileno())
    os.link(draft, path)
    draft.unlink()
