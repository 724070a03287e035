"""PostgreSQL by asyncpg: READ COMMITTED, every decision one conditional statement or a locked row; repeated on 40001
and 40P01.

A connection that is lost (a restart, a fail-over, the server's time limits) is made anew, and what was not committed is
run again, for a few seconds. A commit whose answer was lost is never repeated here: OutcomeUnknown, and whoever asks
again is told what became of the act.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar, cast

import asyncpg

from authsvc import tracing
from authsvc.errors import InvalidRequest, OutcomeUnknown, StoreLost
from authsvc.store import Arg, Body, Change, Reads, Row, Tx, migrations

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

T = TypeVar("T")

_UNKNOWN = "the database went away while it committed; ask again to hear what became of it"
POOL = 10
"""Connections per process; workers x POOL stays below the server's max_connections."""
TRIES = 8
"""A body that meets this many serialisation failures in a row is given up."""
PAUSE = 0.005
CONNECT_S = 5.0
"""Seconds until a server that does not answer a new connection counts as lost."""
PATIENCE_S = 5.0
"""Seconds in which a lost server may come back before its callers hear so; a fail-over takes about that long."""
LOST_PAUSE = 0.05
LOST: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a primary that became a standby
    asyncpg.TargetServerAttributeNotMatched,  # of several hosts none takes writes yet
    asyncpg.InternalClientError,  # cut in the middle of an answer the driver no longer knows where it stands
    OSError,  # TimeoutError too
)
"""What says that the connection is gone, or that this server is not the one to ask."""
STATEMENT_TIMEOUT = "15s"
IDLE_TIMEOUT = "10s"
"""A holder of the head's lock that stops (SIGSTOP) is ended by the server after this time, and can't commit on an old
head."""
MIGRATION_LOCK = 0x617574687376
"""Advisory lock that keeps two migrations apart; correctness of acts never rests on advisory locks."""


def _is_lost(error: BaseException) -> bool:
    """The driver says InterfaceError of a connection that went away (its pool takes it back), and of mistakes too."""
    gone = any(word in str(error) for word in ("connection is closed", "connection was closed", "has been released"))
    return isinstance(error, LOST) or (isinstance(error, asyncpg.InterfaceError) and gone)


@contextmanager
def _unknown_when_lost() -> Generator[None, None, None]:
    """Around what commits."""
    try:
        yield
    except Exception as error:
        if _is_lost(error):
            raise OutcomeUnknown(_UNKNOWN) from error
        raise


@contextmanager
def _text_that_fits() -> Generator[None, None, None]:
    """PostgreSQL keeps no NUL in a text: whoever sent one hears so, as a refusal and not as a fault."""
    try:
        yield
    except asyncpg.CharacterNotInRepertoireError as error:
        raise InvalidRequest("a text holds a NUL character") from error


_PARAMETER = re.compile(r"\$(\d+)")


@lru_cache(maxsize=256)
def _joined(statements: tuple[str, ...]) -> str:
    """One WITH of all statements, their parameters numbered on, that gives the rows changed by each."""
    parts, counts, before = [], [], 0
    for number, sql in enumerate(statements):
        numbers = [int(found) for found in _PARAMETER.findall(sql)]
        shifted = _PARAMETER.sub(lambda found, start=before: f"${int(found[1]) + start}", sql)  # type: ignore[misc]  # the default binds the loop variable
        parts.append(f"s{number} as ({shifted} returning 1)")
        counts.append(f"(select count(*) from s{number})")
        before += max(numbers, default=0)
    return f"with {', '.join(parts)} select {', '.join(counts)}"


class _Transaction:
    """Statements on one pooled connection."""

    def __init__(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
        self._connection = connection

    async def one(self, sql: str, *args: Arg) -> Row | None:
        with _text_that_fits():
            return cast("Row | None", await self._connection.fetchrow(sql, *args))

    async def all(self, sql: str, *args: Arg) -> Sequence[Row]:
        with _text_that_fits():
            return cast("Sequence[Row]", await self._connection.fetch(sql, *args))

    async def run(self, sql: str, *args: Arg) -> int:
        with _text_that_fits():
            status: str = await self._connection.execute(sql, *args)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def many(self, sql: str, rows: Sequence[Sequence[Arg]]) -> None:
        await self._connection.executemany(sql, rows)

    async def together(self, *changes: Change) -> list[int]:
        counts = await self.one(_joined(tuple(sql for sql, _ in changes)), *(a for _, args in changes for a in args))
        return [int(count) for count in counts or ()]

    async def lock_head(self) -> Row | None:
        return await self.one("select * from head for update")

    async def lock_staged(self) -> None:
        await self._connection.execute("lock table staged in exclusive mode")

    def among(self, n: int) -> str:
        return f"= any(${n}::text[])"


class PostgresStore:
    """A PostgreSQL database; the log is sequenced in transactions of its own."""

    groups_commits = False

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self.before_commit: Callable[[Tx], Awaitable[None]] | None = None
        self.after_commit: Callable[[bool], None] | None = None

    async def one(self, sql: str, *args: Arg) -> Row | None:
        """The first row as last committed."""
        with _text_that_fits():
            return cast("Row | None", await self._again(lambda: self._pool.fetchrow(sql, *args)))

    async def all(self, sql: str, *args: Arg) -> Sequence[Row]:
        """All rows as last committed."""
        with _text_that_fits():
            return cast("Sequence[Row]", await self._again(lambda: self._pool.fetch(sql, *args)))

    def among(self, n: int) -> str:
        """See `Reads.among`."""
        return f"= any(${n}::text[])"

    async def transact(self, body: Body[T]) -> T:
        """See `Store.transact`. Raises StoreLost (nothing was done) and OutcomeUnknown."""
        with tracing.span("transaction", db_system_name="postgresql"):
            return await self._again(lambda: self._commit(body))

    async def once(self, sql: str, *args: Arg) -> Row | None:
        """See `Store.once`: one round trip, as a statement alone is a transaction. OutcomeUnknown when it was lost."""

        async def run() -> Row | None:
            async with self._pool.acquire() as connection:
                with _unknown_when_lost():
                    return cast("Row | None", await connection.fetchrow(sql, *args))

        with _text_that_fits():
            return await self._again(run)

    async def _commit(self, body: Body[T]) -> T:
        async with self._pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                value = await body(_Transaction(connection))
            except BaseException as error:
                if isinstance(error, asyncpg.InternalClientError):
                    connection.terminate()
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
                    await transaction.rollback()  # where the connection is lost, the server does it
                raise
            with _unknown_when_lost():
                await transaction.commit()
            return value

    async def _again(self, run: Callable[[], Awaitable[T]]) -> T:
        """Run what changes nothing unless it ends well, until it does: bounded tries, bounded patience."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        attempt = 0
        while True:
            try:
                return await run()
            except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                if attempt >= TRIES - 1:
                    raise
                pause = PAUSE * 2**attempt
            except Exception as error:
                if not _is_lost(error):
                    raise
                if loop.time() >= until:
                    raise StoreLost("the database does not answer; try again in a moment") from error
                pause = LOST_PAUSE * 2 ** min(attempt, 4)
            attempt += 1
            await asyncio.sleep(pause * random.random())  # noqa: S311  # jitter, no secret

    async def scrub(self, tables: Sequence[str]) -> bool:
        """See `Store.scrub`: dead rows leave the tables and their indexes. WAL and replicas are the operator's."""
        async with self._pool.acquire() as connection:
            try:
                await connection.execute("set statement_timeout = 0")
                for table in tables:
                    await connection.execute(f"vacuum (index_cleanup on) {table}")
            finally:
                await connection.execute("reset statement_timeout")
        return True

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reads]:
        """See `Store.snapshot`: one read-only transaction at REPEATABLE READ, without the time limits of acts."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute("set local statement_timeout = 0")
            await connection.execute("set local idle_in_transaction_session_timeout = 0")
            yield _Transaction(connection)

    async def is_migrated(self) -> bool:
        """See `Store.is_migrated`."""
        row = await self.one("select to_regclass('migration') is not null as there")
        if row is None or not row["there"]:
            return False
        row = await self.one("select coalesce(max(number), 0) as number from migration")
        return row is not None and int(row["number"]) >= len(migrations("postgres"))

    async def migrate(self) -> None:
        """Apply the migrations that this database has not seen, each in a transaction of its own."""
        async with self._pool.acquire() as connection:
            await connection.execute("select pg_advisory_lock($1)", MIGRATION_LOCK)
            try:
                await connection.execute("create table if not exists migration (number integer primary key)")
                seen = await connection.fetchval("select coalesce(max(number), 0) from migration")
                for number, ddl in migrations("postgres"):
                    if number > seen:
                        async with connection.transaction():
                            await connection.execute(ddl)
                            await connection.execute("insert into migration values ($1)", number)
            finally:
                await connection.execute("select pg_advisory_unlock($1)", MIGRATION_LOCK)

    async def close(self) -> None:
        """Close the pool when its transactions have ended."""
        await self._pool.close()


async def _leave_as_it_is(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """What a connection needs before somebody else has it: nothing, as no statement here changes a session.

    The pool's own reset would cost each read and each transaction one more round trip. A transaction that was cut off
    is rolled back by the pool itself.
    """


async def open_postgres(url: str) -> PostgresStore:
    """The store behind this URL; `migrate` before use."""
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=POOL,
        reset=_leave_as_it_is,
        timeout=CONNECT_S,
        server_settings={
            "application_name": "authsvc",
            "default_transaction_isolation": "read committed",
            "synchronous_commit": "remote_apply",  # without a synchronous standby it is what `on` is
            "statement_timeout": STATEMENT_TIMEOUT,
            "idle_in_transaction_session_timeout": IDLE_TIMEOUT,
        },
    )
    return PostgresStore(pool)
