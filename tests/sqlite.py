"""A migrated SQLite file for each test, copied from one that was migrated once: a good part of a short test."""

from __future__ import annotations

import tempfile
from pathlib import Path

from authsvc.store.sqlite import SqliteStore, open_sqlite

_MIGRATED: list[bytes] = []


async def open_migrated(path: Path) -> SqliteStore:
    """A store on `path`, which must not exist yet, at the schema of this release."""
    if not _MIGRATED:
        _MIGRATED.append(await _migrate_once())
    with path.open("xb") as file:
        file.write(_MIGRATED[0])
    return open_sqlite(path)


async def _migrate_once() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "authsvc.sqlite"
        store = open_sqlite(path)
        await store.migrate()
        await store.close()
        return path.read_bytes()
