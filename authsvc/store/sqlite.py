"""SQLite (WAL, synchronous=FULL): acts share a commit.

The loop runs each body inside a savepoint of one IMMEDIATE transaction; only COMMIT goes to a thread. What arrives
meanwhile is the
next batch, so a lone caller waits for one flush and no timer exists.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from authsvc.store import BATCH, Arg, Body, Reads, Row, Tx, migrations
from authsvc.store.sqlite_connection import Connection, Reader

T = TypeVar("T")

BUSY_PAUSE = 0.002
"""Seconds between two tries to begin while another process holds the write lock."""
BUSY_TRIES = 5000
CACHE_KIB = 64 * 1024
CHECKPOINT_PAGES = 4000
"""Pages of 4 KiB in the WAL before a commit copies them into the file: at SQLite's own 1000 a busy log, which writes
the same pages again and again, copies at every third commit."""
MMAP_BYTES = 256 * 1024 * 1024
REWRITTEN_BYTES = 256 * 1024 * 1024
"""A file up to this size is written anew after an erasure: a second or two of work."""
SCRUB_BUSY_MS = 10_000


def _drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that awaits only `tx` to its end; one that suspends is a mistake in the act."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    coroutine.close()
    raise RuntimeError("a transaction's body awaited something other than tx")


class SqliteStore:
    """The embedded store; see the module's text."""

    groups_commits = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._writer = Connection(path, read_only=False)
        self._writer.raw.execute("pragma busy_timeout=10000")
        _switch_to_wal(self._writer.raw)
        self._writer.raw.execute("pragma recursive_triggers=on")
        self._writer.raw.execute("pragma synchronous=full")
        self._writer.raw.execute("pragma foreign_keys=on")
        # Each body's savepoint keeps the pages that it changes; beyond 64 KiB they would go to a temporary file.
        self._writer.raw.execute("pragma temp_store=memory")
        # Deleted bytes are overwritten, also where SQLite was built without this default.
        self._writer.raw.execute("pragma secure_delete=on")
        self._writer.raw.execute(f"pragma wal_autocheckpoint={CHECKPOINT_PAGES}")
        self._reader = Reader(path)
        for connection in (self._writer, self._reader):
            connection.raw.execute(f"pragma cache_size=-{CACHE_KIB}")
            connection.raw.execute(f"pragma mmap_size={MMAP_BYTES}")
        self._writer.raw.execute("pragma busy_timeout=0")
        self._waiting: deque[tuple[Body[Any], asyncio.Future[Any]]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "sqlite-commit")
        self.before_commit: Callable[[Tx], Awaitable[None]] | None = None
        self.after_commit: Callable[[bool], None] | None = None

    async def one(self, sql: str, *args: Arg) -> Row | None:
        """The first row as last committed."""
        return await self._reader.one(sql, *args)

    async def all(self, sql: str, *args: Arg) -> Sequence[Row]:
        """All rows as last committed."""
        return await self._reader.all(sql, *args)

    def among(self, n: int) -> str:
        """See `Reads.among`."""
        return self._reader.among(n)

    async def transact(self, body: Body[T]) -> T:
        """See `Store.transact`; the answer comes after the commit that holds this body's effects."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await future

    async def once(self, sql: str, *args: Arg) -> Row | None:
        """See `Store.once`: it shares a commit like every act."""
        return await self.transact(lambda tx: tx.one(sql, *args))

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._commit_batch()
        finally:
            self._worker = None

    async def _commit_batch(self) -> None:
        done: list[tuple[asyncio.Future[Any], Any]] = []
        batch: list[asyncio.Future[Any]] = []
        try:
            await self._begin()
            while self._waiting and len(batch) < BATCH:
                body, future = self._waiting.popleft()
                batch.append(future)
                self._run_body(body, future, done)
            if self.before_commit is not None and done:
                _drive(cast("Coroutine[Any, Any, None]", self.before_commit(self._writer)))
            await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.raw.commit)
        except BaseException as error:
            self._abandon(error, batch)
            if not isinstance(error, Exception):
                raise
            return
        self._reader.let_go()
        if self.after_commit is not None:
            self.after_commit(True)
        for future, value in done:
            if not future.done():
                future.set_result(value)

    async def _begin(self) -> None:
        self._reader.let_go()  # a reader of the WAL would keep this writer from beginning it anew
        for _ in range(BUSY_TRIES):
            try:
                self._writer.raw.execute("begin immediate")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                await asyncio.sleep(BUSY_PAUSE)
            else:
                return
        raise sqlite3.OperationalError("another process holds the database's write lock")

    def _run_body(
        self, body: Body[Any], future: asyncio.Future[Any], done: list[tuple[asyncio.Future[Any], Any]]
    ) -> None:
        """One body in its savepoint: what it raises is its own, and leaves the others' effects alone."""
        raw = self._writer.raw
        raw.execute("savepoint act")
        try:
            value = _drive(cast("Coroutine[Any, Any, Any]", body(self._writer)))
        except Exception as error:  # whatever an act raises is handed to its caller
            raw.execute("rollback to act")
            raw.execute("release act")
            if not future.done():
                future.set_exception(error)
        else:
            raw.execute("release act")
            done.append((future, value))

    def _abandon(self, error: BaseException, batch: list[asyncio.Future[Any]]) -> None:
        """The shared commit did not happen: nothing of the batch holds, and everyone in it hears so."""
        if self._writer.raw.in_transaction:
            self._writer.raw.rollback()
        if self.after_commit is not None:
            self.after_commit(False)
        if not batch:
            batch = [future for _, future in self._waiting]
            self._waiting.clear()
        for future in batch:
            if not future.done():
                future.set_exception(error if isinstance(error, Exception) else RuntimeError("the service is stopping"))

    async def scrub(self, tables: Sequence[str]) -> bool:
        """See `Store.scrub`: a small file is written anew, and the WAL, where older versions of pages lie, is cut off.

        In a large file what was deleted is overwritten in place (`secure_delete`); a page's slack may keep a copy.
        """
        while self._worker is not None:
            await asyncio.wait([self._worker])
        scrubbing = asyncio.create_task(self._scrub())
        self._worker = cast("asyncio.Task[None]", scrubbing)
        return await asyncio.shield(scrubbing)

    async def _scrub(self) -> bool:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, _overwrite, self._writer.raw)
        finally:
            self._worker = asyncio.create_task(self._work()) if self._waiting else None

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reads]:
        """See `Store.snapshot`: a read transaction on a connection of its own."""
        connection = Connection(self._path, read_only=True)
        try:
            connection.raw.execute("begin")
            connection.raw.execute("select count(*) from sqlite_master").fetchone()  # the moment is the first read
            yield connection
        finally:
            connection.raw.close()

    async def is_migrated(self) -> bool:
        """See `Store.is_migrated`."""
        if await self.one("select 1 as there from sqlite_master where name = 'migration'") is None:
            return False
        row = await self.one("select coalesce(max(number), 0) as number from migration")
        return row is not None and int(row["number"]) >= len(migrations("sqlite"))

    async def migrate(self) -> None:
        """Apply the migrations that this file has not seen, each in a transaction of its own."""
        raw = self._writer.raw
        raw.execute("pragma busy_timeout=10000")
        try:
            raw.execute("create table if not exists migration (number integer primary key) strict")
            for number, ddl in migrations("sqlite"):
                raw.execute("begin immediate")
                try:
                    if not raw.execute("select 1 from migration where number >= ?", (number,)).fetchone():
                        for statement in statements(ddl):
                            raw.execute(statement)
                        raw.execute("insert into migration values (?)", (number,))
                    raw.commit()
                except BaseException:
                    raw.rollback()
                    raise
        finally:
            raw.execute("pragma busy_timeout=0")

    async def close(self) -> None:
        """Finish the batches under way, then close."""
        while self._worker is not None:
            await asyncio.wait([self._worker])
        self._thread.shutdown()
        self._reader.close()
        self._writer.raw.close()


def _overwrite(raw: sqlite3.Connection) -> bool:
    raw.execute(f"pragma busy_timeout={SCRUB_BUSY_MS}")
    try:
        pages, size = (raw.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "page_size"))
        if pages * size <= REWRITTEN_BYTES:
            raw.execute("vacuum")
        busy, _, _ = raw.execute("pragma wal_checkpoint(truncate)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        raw.execute("pragma busy_timeout=0")
    return not busy


def _switch_to_wal(raw: sqlite3.Connection) -> None:
    """Two processes that open a new file at once: SQLite answers BUSY here without waiting, whatever the timeout."""
    for _ in range(BUSY_TRIES):
        try:
            raw.execute("pragma journal_mode=wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(BUSY_PAUSE)
        else:
            return
    raise sqlite3.OperationalError("another process holds the database's write lock")


def statements(ddl: str) -> list[str]:
    """The statements of a migration, one by one: executescript would commit before it begins."""
    found, rest = [], ""
    for line in ddl.splitlines(keepends=True):
        rest += line
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found


def open_sqlite(path: Path | str) -> SqliteStore:
    """The store in this file, made if absent; `migrate` before use."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return SqliteStore(str(path))
