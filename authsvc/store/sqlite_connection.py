"""A connection to SQLite: statements with `$n`, and reads that share a moment.

Its coroutines never suspend, so the loop can drive a whole transaction in one go.
"""

import asyncio
import json
import re
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from authsvc.store import ROW_LOCK, Arg, Change, Row

READ_BUSY_S = 5.0
"""What a reader waits for at most while another process recovers the WAL or closes the file as its last user."""
STATEMENTS = 512
"""Prepared statements kept per connection: more than the code has."""

_PARAMETER = re.compile(r"\$(\d+)")


@lru_cache(maxsize=2048)
def _numbered(sql: str) -> tuple[str, bool]:
    """`$n` as `?n`: sqlite3 binds `$n` by first appearance, `?n` by its number. And whether arrays are among them.

    No row is locked: IMMEDIATE transactions hold the only write lock that there is.
    """
    return _PARAMETER.sub(r"?\1", sql.removesuffix(ROW_LOCK)), "json_each" in sql


def _arrays_as_json(args: Sequence[Arg]) -> list[Any]:
    """For `json_each`: sqlite3 itself binds no arrays."""
    return [json.dumps(arg) if isinstance(arg, list | tuple) else arg for arg in args]


class Connection:
    """Statements on one connection."""

    def __init__(self, path: str, *, read_only: bool) -> None:
        mode = "ro" if read_only else "rwc"
        self.raw = sqlite3.connect(
            f"file:{path}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
            timeout=READ_BUSY_S if read_only else 0,
        )
        self.raw.row_factory = sqlite3.Row

    async def one(self, sql: str, *args: Arg) -> Row | None:
        """The first row, or None."""
        return cast("Row | None", self._execute(sql, args).fetchone())

    async def all(self, sql: str, *args: Arg) -> Sequence[Row]:
        """All rows."""
        return cast("list[Row]", self._execute(sql, args).fetchall())

    async def run(self, sql: str, *args: Arg) -> int:
        """Rows changed."""
        return self._execute(sql, args).rowcount

    async def many(self, sql: str, rows: Sequence[Sequence[Arg]]) -> None:
        """See `Tx.many`."""
        self.raw.executemany(_numbered(sql)[0], rows)

    async def together(self, *changes: Change) -> list[int]:
        """See `Tx.together`."""
        return [self._execute(sql, args).rowcount for sql, args in changes]

    def _execute(self, sql: str, args: Sequence[Arg]) -> sqlite3.Cursor:
        numbered, arrays = _numbered(sql)
        return self.raw.execute(numbered, cast("Any", _arrays_as_json(args) if arrays else args))

    async def lock_head(self) -> Row | None:
        """See `Tx.lock_head`."""
        # BEGIN IMMEDIATE holds the only write lock that there is.
        return await self.one("select * from head")

    async def lock_staged(self) -> None:
        """Nothing to do: BEGIN IMMEDIATE keeps every other writer out."""

    def among(self, n: int) -> str:
        """See `Reads.among`."""
        return f"in (select value from json_each(${n}))"


class Reader(Connection):
    """Reads as last committed. Those of one turn of the loop share a read transaction: each new one costs SQLite two
    locks, and after a commit all the pages that it knew.

    A turn's reads are never older than what it waited for: `let_go` stands in the loop's queue before whatever wakes up
    afterwards, and an own commit ends the transaction at once. Who compares with a file that another process writes
    reads in a `snapshot` taken after it.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path, read_only=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def _execute(self, sql: str, args: Sequence[Arg]) -> sqlite3.Cursor:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self.let_go()
            self.raw.execute("begin")
            self._loop = loop
            loop.call_soon(self.let_go)
        return super()._execute(sql, args)

    def let_go(self) -> None:
        """The next read sees what is committed by then."""
        if self._loop is not None:
            self._loop = None
            self.raw.execute("commit")

    def close(self) -> None:
        """End the reads under way, then close."""
        self.let_go()
        self.raw.close()
