"""The fence: the last signed (size, root), outside the data directory: a restored backup is never signed on.

It moves only after a commit and may lag by a second; a head that does not extend it is a fork. It is left out of
backups: a fence restored with the data guards nothing. It is a file, or a row of a second database; a fence that can't
be read stops signing, because nobody knows what it would have said.
"""

import asyncio
import fcntl
import json
import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Coroutine, Generator
from concurrent.futures import TimeoutError as Late
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from authsvc.errors import ReadOnly
from authsvc.store import Store, Tx
from authsvc.store import fence as rows
from authsvc.store.postgres import open_postgres
from authsvc.store.sqlite import open_sqlite

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds for one look at a fence in another database; then it counts as unreadable."""
SQLITE = "sqlite://"
UNREADABLE = "the fence can't be read, so the evidence log signs nothing until it can"
UNWRITTEN = "the fence can't be written; it stays behind until it can"


@dataclass(frozen=True, slots=True)
class Mark:
    """A tree head that was signed."""

    size: int
    root: bytes


class Fence(Protocol):
    """A place outside the database that remembers the last mark. Calls block; ReadOnly when it can't be reached."""

    waits: bool
    """Whether a look takes a round trip to another machine."""

    def read(self) -> Mark | None:
        """The mark, or None before the first."""

    def move(self, mark: Mark) -> Mark:
        """Compare-and-swap: remember this mark if it is larger than the one there. Gives the mark that stands now."""

    def close(self) -> None:
        """Let go of what stands behind it."""


class FileFence:
    """A file beside, never in, the data directory; replaced atomically and flushed, one writer at a time."""

    waits = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Mark | None:
        """See `Fence.read`; a file that can't be understood is an error, not an empty fence."""
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            return Mark(int(stored["size"]), b64decode(stored["root"], validate=True))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReadOnly(UNREADABLE) from error

    def move(self, mark: Mark) -> Mark:
        """See `Fence.move`."""
        try:
            return self._move(mark)
        except OSError as error:
            raise ReadOnly(UNWRITTEN) from error

    def _move(self, mark: Mark) -> Mark:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            known = self.read()
            if known is not None and known.size >= mark.size:
                return known
            draft = self._path.with_name(f"{self._path.name}.draft")
            with draft.open("w", encoding="utf-8") as file:
                json.dump({"root": b64encode(mark.root).decode(), "size": mark.size}, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
            return mark

    def close(self) -> None:
        """Nothing is held between two calls."""

    @contextmanager
    def _alone(self) -> Generator[None, None, None]:
        """Two processes that compare at once would let the smaller mark win: they take turns, by a file that lies there
        while somebody holds it. One who waited on a file that has gone meanwhile holds nothing, and tries again."""
        path = self._path.with_name(f"{self._path.name}.lock")
        descriptor = _lock(path)
        while not _is_the_file(descriptor, path):
            os.close(descriptor)
            descriptor = _lock(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            os.close(descriptor)


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _is_the_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


class DatabaseFence:
    """A row of a second database (SQLite or PostgreSQL), reached by a thread of its own.

    The log looks at the fence inside a transaction that may await nothing else, so the look blocks.
    """

    def __init__(self, url: str, origin: str) -> None:
        self.waits = not url.startswith(SQLITE)
        self._origin = origin
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fence", daemon=True)
        self._thread.start()
        try:
            self._store = self._call(_open(url))
        except BaseException:
            self._stop()
            raise

    def read(self) -> Mark | None:
        """See `Fence.read`."""
        found = self._call(rows.read_mark(self._store, self._origin))
        return Mark(found[0], b64decode(found[1])) if found else None

    def move(self, mark: Mark) -> Mark:
        """See `Fence.move`."""

        async def body(tx: Tx) -> None:
            await rows.move_mark(tx, self._origin, mark.size, b64encode(mark.root).decode())

        self._call(self._store.transact(body))
        return self.read() or mark

    def close(self) -> None:
        """Close the database and end the thread."""
        self._call(self._store.close())
        self._stop()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(PATIENCE)
        except Late as error:
            future.cancel()
            raise ReadOnly(UNREADABLE) from error
        except Exception as error:  # whatever is wrong with that database, nobody knows what it would have said
            raise ReadOnly(UNREADABLE) from error

    def _stop(self) -> None:
        self._call(asyncio.sleep(0))  # a closed connection's transport goes in the loop's next turn
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _open(url: str) -> Store:
    store: Store = open_sqlite(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else await open_postgres(url)
    try:
        await store.transact(rows.make_fence)
    except BaseException:
        await store.close()
        raise
    return store


def open_fence(url: str, file: Path, origin: str) -> Fence:
    """The fence of this origin: in the database of the URL, or in the file where there is no URL."""
    return DatabaseFence(url, origin) if url else FileFence(file)
