"""Where entries that a database lost may still be: another database, a mirror of tiles, receipts kept outside.

None of them is believed: what they bring counts where it gives the root that was signed.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from authsvc.errors import InvalidRequest
from authsvc.evidence.check_receipts import read_receipt
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.tiles import ENTRIES, WIDTH, Tile, split_bundle
from authsvc.outside.http import Http, Unreachable
from authsvc.store import Store, missing
from authsvc.store import evidence as rows

LARGEST: Final = WIDTH * (65_535 + 2)
"""Bytes of a bundle: so many entries, each with the length before it."""
SECONDS: Final = 60.0
OK: Final = 200
GONE: Final = (404, 410)
ReadTile = Callable[[str], Awaitable[bytes | None]]
"""The bytes at a path of C2SP tlog-tiles, None where there are none."""


@dataclass(slots=True)
class Values:
    """What lies outside the log for the missing records, still sealed; empty where a source has entries alone."""

    tables: Mapping[str, missing.Rows] = field(default_factory=dict)
    chains: Sequence[tuple[str, int, str]] = ()
    checkpoints: Sequence[rows.Checkpoint] = ()


class Source(Protocol):
    """Where missing entries may still be."""

    async def entries(self, start: int, end: int) -> list[bytes]:
        """Entries with start <= index < end, as far as they are there without a gap."""

    async def values(self, record_ids: Sequence[str], low: int, high: int) -> Values:
        """What lies outside the log for these records, and what was signed over trees of these sizes."""


class DatabaseSource:
    """A standby or a newer backup: another database of the same log."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def entries(self, start: int, end: int) -> list[bytes]:
        """See `Source.entries`."""
        found = await rows.entries_between(self._store, start, end)
        return [row.body for index, row in enumerate(found, start) if row.index == index]

    async def values(self, record_ids: Sequence[str], low: int, high: int) -> Values:
        """See `Source.values`."""
        tables = {
            **await missing.of_persons(self._store),
            **await missing.of_records(self._store, record_ids),
            **await missing.of_sizes(self._store, low),
            **await missing.of_renewals(self._store, record_ids),
        }
        checkpoints = await rows.checkpoints_between(self._store, low, high - 1)
        return Values(tables, await missing.chains(self._store), checkpoints)


class MirrorSource:
    """A mirror of the log's entry bundles, by the paths of C2SP tlog-tiles. It has no values."""

    def __init__(self, read: ReadTile) -> None:
        self._read = read

    async def entries(self, start: int, end: int) -> list[bytes]:
        """See `Source.entries`."""
        found: list[bytes] = []
        at = start
        while at < end:
            bundle = await self._bundle(at // WIDTH, end)
            fresh = bundle[at % WIDTH :]
            if not fresh:
                break
            found += fresh
            at += len(fresh)
        return found[: end - start]

    async def _bundle(self, n: int, end: int) -> list[bytes]:
        """A bundle of this number: the one that a log of `end` entries has, else the widest that is there."""
        wanted = min(WIDTH, end - n * WIDTH)
        for width in (wanted, *(width for width in range(WIDTH, 0, -1) if width != wanted)):
            data = await self._read(Tile(ENTRIES, n, width).path)
            if data is not None:
                return split_bundle(data, width)
        return []

    async def values(self, record_ids: Sequence[str], low: int, high: int) -> Values:
        """Nothing: a mirror holds what the log shows to everybody."""
        return Values()


def in_folder(directory: Path) -> ReadTile:
    """Tiles as files."""

    async def read(path: str) -> bytes | None:
        file = directory / path
        return file.read_bytes() if file.is_file() else None

    return read


def at_address(http: Http, url: str) -> ReadTile:
    """Tiles below an address that the operator names, as a log serves them. InvalidRequest when it gives no answer."""

    async def read(path: str) -> bytes | None:
        try:
            reply = await http.call(f"{url.rstrip('/')}/{path}", seconds=SECONDS, largest=LARGEST)
        except Unreachable as error:
            raise InvalidRequest(f"the mirror gives no answer: {error}") from error
        if reply.status in GONE:
            return None
        if reply.status != OK:
            raise InvalidRequest(f"the mirror answers {reply.status} where {path} should be")
        return reply.body

    return read


class ReceiptSource:
    """Receipts that relying parties or persons kept: each holds one whole entry, and says its place."""

    def __init__(self, receipts: Iterable[bytes]) -> None:
        """InvalidRequest for what is no receipt."""
        self._entries: dict[int, bytes] = {}
        for n, data in enumerate(receipts, 1):
            try:
                kept = read_receipt(data)
            except (EvidenceError, ValueError) as error:
                raise InvalidRequest(f"receipt {n} can't be read: {error}") from error
            self._entries[kept.proof.index] = kept.entry.data

    async def entries(self, start: int, end: int) -> list[bytes]:
        """See `Source.entries`."""
        found = []
        for index in range(start, end):
            if index not in self._entries:
                break
            found.append(self._entries[index])
        return found

    async def values(self, record_ids: Sequence[str], low: int, high: int) -> Values:
        """Nothing that could be sealed again: a receipt discloses a part."""
        return Values()


class SeveralSources:
    """Sources that complete each other; values come from the first one that has any."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    async def entries(self, start: int, end: int) -> list[bytes]:
        """See `Source.entries`."""
        found: list[bytes] = []
        while start + len(found) < end:
            for source in self._sources:
                if fresh := await source.entries(start + len(found), end):
                    found += fresh
                    break
            else:
                break
        return found

    async def values(self, record_ids: Sequence[str], low: int, high: int) -> Values:
        """See `Source.values`."""
        for source in self._sources:
            values = await source.values(record_ids, low, high)
            if values.tables:
                return values
        return Values()
