"""SQL and short-lived keys: the shape that both databases share. Row modules beside this file hold the statements.

One DML text serves both databases, with `$1`, `$2` … as parameters; a driver owns what differs (transactions, the
head's lock,
arrays, migrations). Columns: `bigint` milliseconds, `text` ids, `bytea`/`blob`, 0 and 1.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

Arg = str | int | bytes | None | Sequence[str]
"""What a statement takes. A sequence of texts is an array, for `among` only."""

ROW_LOCK = " for no key update"
"""The end of a `select` in a transaction that keeps its rows as they are until the transaction ends."""

Change = tuple[str, tuple[Arg, ...]]
"""A statement that changes rows, without `returning`, and its arguments."""

T = TypeVar("T")

SCHEMA = Path(__file__).parent / "schema"
BATCH = 1000
"""Bodies that share one commit, and records that one batch sequences, at most (evidence format, section 8)."""


class Row(Protocol):
    """A row by column name. Rows stay inside `store`: row modules turn them into frozen dataclasses."""

    def __getitem__(self, column: str, /) -> Any:
        """The column's value."""

    def __iter__(self) -> Iterator[Any]:
        """The values in the order of the columns."""


class Reads(Protocol):
    """Reads, in a transaction or outside."""

    async def one(self, sql: str, *args: Arg) -> Row | None:
        """The first row, or None."""

    async def all(self, sql: str, *args: Arg) -> Sequence[Row]:
        """All rows."""

    def among(self, n: int) -> str:
        """The condition that a column stands in the array `$n`: `f"id {tx.among(1)}"`."""


class Tx(Reads, Protocol):
    """What a transaction's body may await, and nothing else."""

    async def run(self, sql: str, *args: Arg) -> int:
        """Rows changed."""

    async def many(self, sql: str, rows: Sequence[Sequence[Arg]]) -> None:
        """The statement once for each row; all or none."""

    async def together(self, *changes: Change) -> list[int]:
        """Rows changed by each of several changes that go to the database at once.

        None of them sees another's effects, and no two touch the same row.
        """

    async def lock_head(self) -> Row | None:
        """The log's head row, locked until the transaction ends; None before genesis."""

    async def lock_staged(self) -> None:
        """Wait for the acts that have staged a record and not committed, and let no other stage one meanwhile."""


Body = Callable[[Tx], Awaitable[T]]


class Store(Reads, Protocol):
    """A database. `transact` is the only way to write."""

    groups_commits: bool
    """True when acts share a commit and the sequencer runs at the end of it (SQLite)."""
    before_commit: Callable[[Tx], Awaitable[None]] | None
    after_commit: Callable[[bool], None] | None
    """Told after each shared commit whether it held; only where commits are grouped."""

    async def transact(self, body: Body[T]) -> T:
        """Run the body in a transaction and commit.

        The body may be run again (serialisation failures), so it has no effect but through `tx`. What it raises rolls
        everything back
        and is raised here; a refusal that must leave a trace is returned and raised by the act afterwards.
        """

    async def once(self, sql: str, *args: Arg) -> Row | None:
        """One statement that changes rows, in a transaction of its own; the first row that it returns, or None."""

    async def scrub(self, tables: Sequence[str]) -> bool:
        """See to it that what was deleted from these tables is gone from the files, as far as the database can.

        False when another process is in the way; the deletion itself holds anyway.
        """

    def snapshot(self) -> AbstractAsyncContextManager[Reads]:
        """Reads of one moment, however long they take and whatever is written beside them."""

    async def is_migrated(self) -> bool:
        """Whether this release's schema is there."""

    async def migrate(self) -> None:
        """Bring the schema to this release, forward only."""

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""


def migrations(dialect: str) -> list[tuple[int, str]]:
    """(number, DDL) of this dialect, in order; the numbers have no gap."""
    found = sorted(SCHEMA.glob(f"[0-9][0-9][0-9][0-9]_*.{dialect}.sql"))
    numbered = [(int(path.name[:4]), path.read_text(encoding="utf-8")) for path in found]
    if [number for number, _ in numbered] != list(range(1, len(numbered) + 1)):
        raise RuntimeError(f"migrations of {dialect} are not numbered 1, 2, 3 …")
    return numbered
