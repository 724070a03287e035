"""Backups of the data: a folder with a copy of the database, the trust store, and a manifest that says what is in it.

Keys, key store and fence are never in it: a key beside the data gives everything away, an old key store undoes what was
destroyed, and a fence that goes back together with the data guards nothing (docs/operators.md, section 4). `verify`
believes nothing of the manifest: it digests each file and computes the whole log anew from the rows in the copy.
"""

import asyncio
import hashlib
import os
import shutil
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from authsvc import __version__
from authsvc.clock import Clock, rfc3339
from authsvc.errors import ConfigurationError
from authsvc.evidence import fsck
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.fence import Mark, open_fence
from authsvc.evidence.fsck import Findings
from authsvc.evidence.note import Verifier
from authsvc.evidence.record import parse
from authsvc.settings import Settings
from authsvc.store import Store, dump, roles
from authsvc.store import evidence as rows
from authsvc.store.sqlite import open_sqlite

FORMAT = "authsvc/backup/v1"
MANIFEST = "manifest.json"
TRUST = "trust"
COPIES = {"sqlite": "database.sqlite", "postgres": "database.dump"}
POSTGRES = ("postgres://", "postgresql://")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the backup: its path inside, its length in bytes, its SHA-256 in hexadecimal."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the backup claims. `size`, `root` (base64) and `checkpoint` (a signed note) are the head in the copy."""

    format: str
    made_at: str
    release: str
    database: str
    schema: int
    environment: str
    origin: str
    genesis: str
    size: int
    root: str
    checkpoint: str
    epochs: tuple[int, ...]
    files: tuple[File, ...]

    def to_json(self) -> bytes:
        """The manifest's file."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2) + b"\n"

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a backup. ConfigurationError for anything else."""
        try:
            told: Mapping[str, Any] = orjson.loads((folder / MANIFEST).read_bytes())
            files = tuple(File(each["name"], each["bytes"], each["sha256"]) for each in told["files"])
            made = cls(**{**told, "files": files, "epochs": tuple(told["epochs"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"{folder} holds no backup: its {MANIFEST} can't be read") from error
        if made.format != FORMAT or made.database not in COPIES:
            raise ConfigurationError(
                f"{folder} is a backup of another form ({made.format}); use the release that made it"
            )
        if any(Path(each.name).is_absolute() or ".." in Path(each.name).parts for each in files):
            raise ConfigurationError(f"{folder}: the manifest names a file outside of the backup")
        return made

    @property
    def copy(self) -> str:
        """The name of the database's copy."""
        return COPIES[self.database]


async def create(settings: Settings, folder: Path, clock: Clock) -> Manifest:
    """Write a backup into a new folder, beside a service that writes. ConfigurationError where it exists."""
    try:
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True)
    except FileExistsError as error:
        raise ConfigurationError(f"{folder} exists; a backup gets a folder of its own") from error
    kind = "postgres" if settings.database.startswith(POSTGRES) else "sqlite"
    copy = folder / COPIES[kind]
    if kind == "postgres":
        await dump.dump_postgres(settings.owner_database or settings.database, copy)
    else:
        await asyncio.to_thread(dump.dump_sqlite, Path(settings.database), copy)
    if settings.trust_dir.is_dir():
        await asyncio.to_thread(shutil.copytree, settings.trust_dir, folder / TRUST)
    with tempfile.TemporaryDirectory() as scratch:
        store = await _opened(kind, copy, Path(scratch), 0)
        try:
            made = await _describe(store, kind, clock.now(), await asyncio.to_thread(_files, folder))
        finally:
            await store.close()
    await asyncio.to_thread(_write, folder / MANIFEST, made.to_json())
    return made


async def verify(folder: Path, log_key: Verifier | None = None) -> tuple[Manifest, Findings]:
    """Everything that is wrong with this backup: digests first, then the whole log computed anew from its rows.

    `log_key`: the key that the log must know; without it, the one that its own genesis names.
    """
    manifest = Manifest.read(folder)
    found = Findings()
    for fault in await asyncio.to_thread(_differences, folder, manifest):
        found.add(fault)
    if not found.clean:
        return manifest, found
    with tempfile.TemporaryDirectory() as scratch:
        store = await _opened(manifest.database, folder / manifest.copy, Path(scratch), manifest.schema)
        try:
            return manifest, await _recompute(store, manifest, log_key)
        finally:
            await store.close()


async def restore(settings: Settings, folder: Path) -> tuple[Manifest, Mark | None]:
    """Put the data back where nothing is; what the fence remembers of the log. ConfigurationError in every other case.

    Digests are checked first. The trust store is put back where none is.
    """
    manifest = Manifest.read(folder)
    faults = await asyncio.to_thread(_differences, folder, manifest)
    if faults:
        raise ConfigurationError(f"{folder} is not whole: {faults[0]}")
    if (manifest.origin, manifest.environment) != (settings.log_origin, settings.environment):
        raise ConfigurationError(
            f"this is a backup of {manifest.origin} ({manifest.environment}), the settings say"
            f" {settings.log_origin} ({settings.environment})"
        )
    if settings.database.startswith(POSTGRES) != (manifest.database == "postgres"):
        raise ConfigurationError(f"this is a backup of {manifest.database}, the settings name another kind of database")
    fence = open_fence(settings.fence_url, settings.fence_file, settings.log_origin)
    try:
        mark = await asyncio.to_thread(fence.read)
    finally:
        fence.close()
    if manifest.database == "postgres":
        await dump.restore_postgres(folder / manifest.copy, settings.owner_database or settings.database)
        if settings.owner_database:
            await roles.grant(settings.owner_database, urlsplit(settings.database).username or "")
    else:
        await asyncio.to_thread(dump.restore_sqlite, folder / manifest.copy, Path(settings.database))
    if (folder / TRUST).is_dir() and not settings.trust_dir.exists():
        await asyncio.to_thread(shutil.copytree, folder / TRUST, settings.trust_dir)
    return manifest, mark


async def _opened(kind: str, copy: Path, scratch: Path, schema: int) -> Store:
    """The copy's rows in a file of our own, at this release's schema; the backup itself is never opened for writing."""
    file = scratch / "scratch.sqlite"
    if kind == "postgres":
        await asyncio.to_thread(dump.unpack, copy, file, schema or await dump.schema_of(copy))
    else:
        await asyncio.to_thread(shutil.copyfile, copy, file)
    store = open_sqlite(file)
    await store.migrate()
    return store


async def _describe(store: Store, kind: str, now: int, files: Sequence[File]) -> Manifest:
    head = await rows.read_head(store)
    first = await rows.entries_between(store, 0, 1)
    if head is None or not first:
        raise ConfigurationError("this database holds no evidence log")
    body = parse(first[0].body).body
    return Manifest(
        format=FORMAT,
        made_at=rfc3339(now),
        release=__version__,
        database=kind,
        schema=await dump.migrated_to(store),
        environment=str(body["environment"]),
        origin=str(body["origin"]),
        genesis=hashlib.sha256(first[0].body).hexdigest(),
        size=head.size,
        root=b64encode(head.root).decode(),
        checkpoint=head.note.decode(),
        epochs=tuple(await dump.epochs_of(store)),
        files=tuple(files),
    )


async def _recompute(store: Store, manifest: Manifest, log_key: Verifier | None) -> Findings:
    """The log in the copy against itself and against what the manifest says of it."""
    found = Findings()
    first = await rows.entries_between(store, 0, 1)
    head = await rows.read_head(store)
    try:
        genesis = parse(first[0].body).body
        listed = genesis["log_keys"]
        key = log_key or Verifier.parse(str(listed[0]) if isinstance(listed, list) else "")
        mark = Mark(manifest.size, b64decode(manifest.root, validate=True))
    except (IndexError, KeyError, ValueError, EvidenceError):
        found.add("the copy holds no log that can be read")
        return found
    async with store.snapshot() as reads:
        found = await fsck.check_log(reads, manifest.origin, key, mark)
    if hashlib.sha256(first[0].body).hexdigest() != manifest.genesis:
        found.add("the first entry is not the one that the manifest names")
    if (found.size, found.root) != (mark.size, mark.root):
        found.add(f"the copy holds {found.size} entries, and the manifest says {manifest.size}, or another root")
    if head is None or head.note.decode(errors="replace") != manifest.checkpoint:
        found.add("the copy's checkpoint is not the one in the manifest")
    return found


def _differences(folder: Path, manifest: Manifest) -> list[str]:
    known = {each.name: each for each in manifest.files}
    there = {each.name: each for each in _files(folder)}
    lost = [f"{name}: missing" for name in known.keys() - there.keys()]
    strange = [f"{name}: not in the manifest" for name in there.keys() - known.keys()]
    both = known.keys() & there.keys()
    changed = [f"{name}: not the bytes that were backed up" for name in both if known[name] != there[name]]
    return sorted([*lost, *strange, *changed])


def _files(folder: Path) -> list[File]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return [_digest(folder, path) for path in paths]


def _digest(folder: Path, path: Path) -> File:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(path.relative_to(folder).as_posix(), path.stat().st_size, digest)


def _write(path: Path, data: bytes) -> None:
    """Last of all, and flushed: a folder without a manifest is no backup."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
