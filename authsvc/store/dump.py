"""Copies of a whole database: SQLite's online backup, PostgreSQL's `pg_dump`; and such a dump as a SQLite file again.

Both are of one moment, beside a service that writes. The last is how a backup of PostgreSQL is checked without a
server: both databases have the same tables and columns, so its rows are put into a file and read there.
"""

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import asyncpg

from authsvc.errors import ConfigurationError
from authsvc.store import Reads, migrations
from authsvc.store.sqlite import statements

BATCH = 1_000
_COPY = re.compile(r"COPY (?:\S+\.)?\"?(\w+)\"? \(([^)]*)\) FROM stdin;")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_ESCAPED = re.compile(r"\\(.)")


def dump_sqlite(database: Path, target: Path) -> None:
    """A copy of the file as of one moment (SQLite online backup), with all that its WAL holds, flushed."""
    if not database.is_file():
        raise ConfigurationError(f"{database} is no database")
    _create(target)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source, closing(_open(target)) as copy:
        source.backup(copy)
        copy.execute("pragma journal_mode=delete")
    _flush(target)


async def dump_postgres(url: str, target: Path) -> None:
    """A dump in the custom format. ConfigurationError where `pg_dump` is missing or fails."""
    _create(target)
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    _flush(target)


def restore_sqlite(copy: Path, database: Path) -> None:
    """The file in its place. ConfigurationError where one, or its WAL, is there."""
    for path in (database, database.with_name(database.name + "-wal")):
        if path.exists():
            raise ConfigurationError(f"{path} exists; nothing is restored over a database")
    database.parent.mkdir(parents=True, exist_ok=True)
    _create(database)
    shutil.copyfile(copy, database)
    _flush(database)


async def restore_postgres(dump: Path, url: str) -> None:
    """All tables in one transaction. ConfigurationError where the database holds any table, or `pg_restore` fails."""
    connection = await asyncpg.connect(url)
    try:
        many = await connection.fetchval(
            "select count(*) from pg_class"
            " where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace"
        )
    finally:
        await connection.close()
    if many:
        raise ConfigurationError(f"the database holds {many} tables; nothing is restored over a database")
    _run("pg_restore", url, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(dump))


def unpack(dump: Path, target: Path, schema: int) -> None:
    """The rows of a PostgreSQL dump in a new SQLite file with the tables of migration `schema`."""
    _create(target)
    command = [_program("pg_restore"), "--data-only", "--file=-", str(dump)]
    with closing(_open(target)) as file:
        file.execute("create table migration (number integer primary key) strict")
        for number, ddl in migrations("sqlite"):
            if number <= schema:
                for statement in statements(ddl):
                    file.execute(statement)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603  # a fixed program and our own file
            lines = iter(process.stdout or ())
            for line in lines:
                if found := _COPY.match(line):
                    columns = [each.strip(' "') for each in found[2].split(",")]
                    _fill(file, found[1], columns, _rows(lines))
            process.wait()
            said = process.stderr.read().strip() if process.stderr else ""
        if process.returncode:
            raise ConfigurationError(f"pg_restore can't read {dump.name}: {said.splitlines()[-1] if said else ''}")
        file.commit()


async def schema_of(dump: Path) -> int:
    """The last migration that the database behind this dump had seen."""
    command = [_program("pg_restore"), "--data-only", "--table=migration", "--file=-", str(dump)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    lines = iter(done.stdout.splitlines(keepends=True))
    numbers = [int(row[0] or 0) for line in lines if _COPY.match(line) for row in _rows(lines)]
    if not numbers:
        raise ConfigurationError(f"{dump.name} holds no database of this service")
    return max(numbers)


async def migrated_to(reads: Reads) -> int:
    """The last migration that this database has seen."""
    row = await reads.one("select max(number) as number from migration")
    return int(row["number"]) if row else 0


async def epochs_of(reads: Reads) -> list[int]:
    """The epochs of the key store under which this database's keys are wrapped."""
    return [int(row["number"]) for row in await reads.all("select number from wrap_epoch order by number")]


def _fill(file: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
    kinds = {row[1]: str(row[2]).lower() for row in file.execute(f'pragma table_info("{table}")')}
    if not set(columns) <= set(kinds):
        raise ConfigurationError(f"the dump has a table {table} that this release does not know")
    file.execute(f'delete from "{table}"')  # what its migration put there
    names = ", ".join(f'"{each}"' for each in columns)
    insert = f'insert into "{table}" ({names}) values ({", ".join("?" * len(columns))})'
    file.executemany(insert, ([_typed(kinds[c], v) for c, v in zip(columns, row, strict=True)] for row in rows))


def _rows(lines: Iterator[str]) -> Iterator[list[str | None]]:
    for line in lines:
        if line == "\\.\n":
            return
        yield [None if cell == "\\N" else _plain(cell) for cell in line[:-1].split("\t")]


def _plain(cell: str) -> str:
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), cell) if "\\" in cell else cell


def _typed(kind: str, value: str | None) -> str | int | bytes | None:
    if value is None:
        return None
    if kind == "blob":
        return bytes.fromhex(value.removeprefix("\\x"))
    return int(value) if kind == "integer" else value


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("pragma foreign_keys=off")
    return connection


def _create(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise ConfigurationError(f"{path} exists; nothing is written over it") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ConfigurationError(f"{name} is not on PATH; it comes with PostgreSQL's client (postgresql-client)")
    return found


def _run(name: str, url: str, *options: str) -> None:
    """Run a client program; its password travels in the environment, where other users don't see it."""
    bare, secret = _without_password(url)
    command = [_program(name), f"--dbname={bare}", *options]
    done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True, check=False)  # noqa: S603  # a fixed program
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise ConfigurationError(f"{name} failed: {said[-1] if said else f'exit status {done.returncode}'}")


def _without_password(url: str) -> tuple[str, Mapping[str, str]]:
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    given = unquote(parts.password) if parts.password else dict(query).get("password", "")
    user, at, place = parts.netloc.rpartition("@")
    bare = parts._replace(
        netloc=f"{user.split(':', 1)[0]}{at}{place}",
        query=urlencode([pair for pair in query if pair[0] != "password"], safe="/"),
    )
    return urlunsplit(bare), {"PGPASSWORD": given} if given else {}
