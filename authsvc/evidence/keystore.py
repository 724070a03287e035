"""The key store: epoch secrets and the list of erased keys, outside the database (evidence format, section 6).

A data key lies in the database wrapped by the key of the current epoch. An epoch lives for at most 30 days: all keys
are wrapped anew, then the old secret is destroyed, so a copy of the database from before opens nothing. Databases that
share a key store, such as a copy that runs beside the original, don't take each other's secrets away: each process
says what its database leans on. What was erased is listed by the random id of its key, so that a restored database can
be told again. A key store is mirrored, never backed up with a history: a copy of an old epoch would undo its
destruction.
"""

import asyncio
import fcntl
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Protocol

from authsvc.errors import ConfigurationError

SECRET_BYTES = 32
LEANING = "leaning.json"
DONE = "-"
"""Stands in the list where an erasure has been carried out."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """A number from 1, 32 random bytes, and when they were made (ms)."""

    number: int
    secret: bytes
    made_at: int


class KeyStore(Protocol):
    """A place outside the database. Every method has taken effect, durably, when it returns."""

    async def epochs(self) -> tuple[Epoch, ...]:
        """What is there, oldest first."""

    async def add_epoch(self, epoch: Epoch) -> bool:
        """False when an epoch of this number is there: another process was first."""

    async def lean(self, holder: str, epochs: Sequence[int], at: int, since: int) -> None:
        """A process says at `at` what its database's keys are wrapped under, in place of what it said before.

        Holders who have said nothing since `since` are forgotten. Times in ms.
        """

    async def destroy_epoch(self, number: int, holder: str, since: int) -> bool:
        """Destroy a secret; nothing happens when it is gone.

        False, and the secret stays, while another holder has said since `since` (ms) that it leans on it: asked and
        done in one step, so that who says so first and looks for the epoch then finds it, or finds it gone.
        """

    async def erased(self) -> Mapping[str, str]:
        """Key id to the record id of an erasure that was begun, or to `DONE`."""

    async def mark_erased(self, key_id: str, record_id: str) -> None:
        """List a key: with the erasure's record id before its transaction, with `DONE` after its commit.

        What stands there gives way to `DONE` alone.
        """

    async def forget(self, key_id: str, record_id: str) -> None:
        """Take a key off the list if it stands there with this: an erasure that was begun and never committed."""

    async def close(self) -> None:
        """Let go of what is held."""


class FileKeyStore:
    """A directory: a file for each epoch, `erased`, to which lines are appended, and `leaning.json`: who leans on what.

    Readable by its owner alone.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def epochs(self) -> tuple[Epoch, ...]:
        """See `KeyStore.epochs`. ConfigurationError for a file that can't be read as an epoch."""
        return await asyncio.to_thread(self._read_epochs)

    async def add_epoch(self, epoch: Epoch) -> bool:
        """See `KeyStore.add_epoch`."""
        return await asyncio.to_thread(self._add_epoch, epoch)

    async def lean(self, holder: str, epochs: Sequence[int], at: int, since: int) -> None:
        """See `KeyStore.lean`."""
        await asyncio.to_thread(self._lean, holder, epochs, at, since)

    async def destroy_epoch(self, number: int, holder: str, since: int) -> bool:
        """See `KeyStore.destroy_epoch`: overwritten, then removed; what the disk itself keeps is the operator's."""
        return await asyncio.to_thread(self._destroy_epoch, number, holder, since)

    async def erased(self) -> Mapping[str, str]:
        """See `KeyStore.erased`: the last line of a key counts; a line cut off by a crash never was."""
        return await asyncio.to_thread(self._read_erased)

    async def mark_erased(self, key_id: str, record_id: str) -> None:
        """See `KeyStore.mark_erased`."""
        await asyncio.to_thread(self._mark, key_id, record_id)

    async def forget(self, key_id: str, record_id: str) -> None:
        """See `KeyStore.forget`."""
        await asyncio.to_thread(self._forget, key_id, record_id)

    async def close(self) -> None:
        """Nothing is held open."""

    def _path(self, number: int) -> Path:
        return self._directory / f"epoch-{number:08d}.json"

    def _read_epochs(self) -> tuple[Epoch, ...]:
        return tuple(_read_epoch(path) for path in sorted(self._directory.glob("epoch-*.json")))

    def _add_epoch(self, epoch: Epoch) -> bool:
        stored = {"epoch": epoch.number, "made_at": epoch.made_at, "secret": b64encode(epoch.secret).decode()}
        draft = self._draft(stored)
        try:
            os.link(draft, self._path(epoch.number))
        except FileExistsError:
            _overwrite(draft)
            return False
        finally:
            draft.unlink()
        self._flush_directory()
        return True

    def _draft(self, stored: object) -> Path:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = mkstemp(prefix="draft-", dir=self._directory)
        os.close(descriptor)
        _write_through(Path(name), 0, json.dumps(stored).encode())
        return Path(name)

    def _lean(self, holder: str, epochs: Sequence[int], at: int, since: int) -> None:
        with self._alone():
            others = {name: said for name, said in self._read_leaning().items() if said[0] >= since}
            self._draft({**others, holder: [at, *epochs]}).replace(self._directory / LEANING)
            self._flush_directory()

    def _read_leaning(self) -> dict[str, list[int]]:
        """Each holder's time and epochs. ConfigurationError for a file that can't be read as that."""
        path = self._directory / LEANING
        try:
            found = json.loads(path.read_text(encoding="ascii")) if path.exists() else {}
            return {str(holder): [int(at), *map(int, epochs)] for holder, (at, *epochs) in found.items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"{path} is damaged") from error

    def _destroy_epoch(self, number: int, holder: str, since: int) -> bool:
        path = self._path(number)
        with self._alone():
            said = (said for name, said in self._read_leaning().items() if name != holder)
            if any(at >= since and number in epochs for at, *epochs in said):
                return False
            if path.exists():
                _overwrite(path)
                path.unlink(missing_ok=True)
                self._flush_directory()
            return True

    def _read_erased(self) -> dict[str, str]:
        path = self._directory / "erased"
        text = path.read_text(encoding="ascii") if path.exists() else ""
        found: dict[str, str] = {}
        for line in text.split("\n")[:-1]:
            key_id, _, record_id = line.partition(" ")
            if record_id:
                found[key_id] = record_id
            else:
                found.pop(key_id, None)
        return found

    def _mark(self, key_id: str, record_id: str) -> None:
        with self._alone():
            if record_id == DONE or key_id not in self._read_erased():
                self._append(f"{key_id} {record_id}")

    def _forget(self, key_id: str, record_id: str) -> None:
        with self._alone():
            if self._read_erased().get(key_id) == record_id:
                self._append(key_id)

    @contextmanager
    def _alone(self) -> Generator[None, None, None]:
        """One process at a time looks at a list and writes to it."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._directory / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _append(self, line: str) -> None:
        # The newline in front ends a line that a crash cut off, so that it can't run into this one.
        _write_through(self._directory / "erased", os.O_CREAT | os.O_APPEND, f"\n{line}\n".encode("ascii"))
        self._flush_directory()

    def _flush_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read_epoch(path: Path) -> Epoch:
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"{path} can be read by others: chmod 600")
    try:
        stored = json.loads(path.read_text(encoding="ascii"))
        epoch = Epoch(int(stored["epoch"]), b64decode(stored["secret"], validate=True), int(stored["made_at"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path} is damaged") from error
    if len(epoch.secret) != SECRET_BYTES:
        raise ConfigurationError(f"{path} is damaged")
    return epoch


def _write_through(path: Path, flags: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | flags, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overwrite(path: Path) -> None:
    """Zeros over what is there, so that no free block of the disk still holds it where blocks are written in place."""
    _write_through(path, 0, bytes(path.stat().st_size))
