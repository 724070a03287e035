"""The evidence log alone: `confirmation` records with all slots and sealed values, acknowledged with their proofs.

`log-append`: as many as go, 64 writers; on PostgreSQL two processes share one database. `log-receipt`: one thousand a
second, how long a receipt with its proof takes. `log-proof`: a proof out of ten million entries. Beside the first two
a bare loop on the same store or disk runs, so that the figures can be read as ratios.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from authsvc import opening
from authsvc.clock import SystemClock, uuid7
from authsvc.confirm.reading import KEPT_BY_RELYING_PARTY
from authsvc.evidence import kinds
from authsvc.evidence.checkpoint import Checkpoint
from authsvc.evidence.fence import FileFence
from authsvc.evidence.keystore import FileKeyStore
from authsvc.evidence.log import Log, Settled, Ticket
from authsvc.evidence.merkle import SHA256, SHA512, Frontier
from authsvc.evidence.note import Signer, join_note
from authsvc.keys import Keys, b64url, generate, load_keys, store_keys
from authsvc.store import Store, Tx
from authsvc.store import evidence as rows
from authsvc.store.postgres import open_postgres
from authsvc.store.sqlite import open_sqlite
from bench.acts import bare_loop
from bench.measure import Bench
from confirmations import Disclosure, Members, issue_receipt
from tests import postgres

ORIGIN = "test.bench.example/1"
WRITERS = 64
RECEIPTS_A_SECOND = 1000
PROCESSES = 2
SECONDS = 5.0
BARE_SECONDS = 2.0
PERSONS = 512
STATEMENT = b'{"act":"payment","fields":[],"text":{}}' + b" " * 600
SHOWN = "Төлем: ТОО «Жібек», 1 250 000 ₸".encode() * 8


@dataclass(frozen=True)
class Writer:
    """Writes confirmations of many persons into one log."""

    log: Log
    store: Store
    clock: SystemClock
    keys: Keys

    async def write(self, person: int) -> Settled:
        """One confirmation at its place, with its proof."""
        return await self._place(self._confirmation(person))

    async def give_receipt(self, person: int) -> str:
        """The receipt of one confirmation, with its proof and what the relying party may keep."""
        record = self._confirmation(person)
        settled = await self._place(record)
        opened = await self.log.vault.disclosures(self.store, record.id)
        members = Members(
            aud=record.rp,
            outcome=record.outcome,
            state="sequenced",
            entry=settled.entry,
            proof=settled.proof,
            statement={"act": "payment"},
            disclosures=tuple(Disclosure(*one) for one in opened if one.name in KEPT_BY_RELYING_PARTY),
        )
        return issue_receipt(members, self.keys.receipts.sign, self.keys.receipts.kid)

    async def _place(self, record: kinds.Confirmation) -> Settled:
        blobs = {"statement": STATEMENT, "shown": SHOWN}

        async def act(tx: Tx) -> Ticket:
            return await self.log.stage(tx, record, blobs)

        return await self.log.settled(await self.store.transact(act))

    def _confirmation(self, person: int) -> kinds.Confirmation:
        now = self.clock.now()
        some_id = uuid7(now, os.urandom)
        return kinds.Confirmation(
            id=uuid7(now, os.urandom),
            time=now,
            method=("code",),
            statement=b64url(os.urandom(32)),
            challenge=b64url(os.urandom(32)),
            outcome="confirmed",
            person=f"iin:{900101300000 + person}",
            rp="bank",
            mandate="none",
            person_name="Ахметова Айгүл Серікқызы",
            authentication=some_id,
            acr="urn:authsvc:acr:multi",
            credential=(some_id,),
            shown=b64url(os.urandom(32)),
            shown_by="service",
            locale="kk",
            answer=b64url(os.urandom(32)),
            tries=1,
            first_try=now,
            last_try=now,
            reason="",
            expires=now + 300_000,
            person_address="+77010000000",
            person_ip="192.0.2.1",
            person_device="Mozilla/5.0 (Linux; Android 14) Chrome/130",
            vouched_by="none",
            relying_party_record=some_id,
            policy_record=some_id,
            trust_store_record="none",
            template_record=some_id,
        )


def _writer(store: Store, folder: Path, keys: Keys, fence: str = "fence.json") -> Writer:
    clock = SystemClock()
    log = Log(
        ORIGIN,
        store,
        keys,
        fence=FileFence(folder / fence),
        key_store=FileKeyStore(folder / "epochs"),
        clock=clock,
        entropy=os.urandom,
    )
    return Writer(log, store, clock, keys)


async def open_writer(store: Store, folder: Path) -> Writer:
    """A new log in a new store; its keys go into the folder."""
    await store.migrate()
    keys = generate(os.urandom)
    store_keys(keys, folder)
    writer = _writer(store, folder, keys)
    await opening.open_new(
        writer.log,
        store,
        keys,
        environment="test",
        ground="bench",
        in_force=(),
        clock=writer.clock,
        entropy=os.urandom,
    )
    return writer


async def open_shared(store: Store, folder: Path) -> Writer:
    """The log that `open_writer` made, as a further process opens it."""
    writer = _writer(store, folder, load_keys(folder, os.urandom))
    await writer.log.open()
    return writer


async def append(writer: Writer, writers: int, seconds: float) -> tuple[float, list[float]]:
    """(records a second, ms of each) of so many writers at once."""
    taken: list[float] = []
    until = time.perf_counter() + seconds

    async def one(number: int) -> None:
        turn = 0
        while (began := time.perf_counter()) < until:
            await writer.write((number * 8 + turn % 8) % PERSONS)
            taken.append((time.perf_counter() - began) * 1000)
            turn += 1

    await asyncio.gather(*(one(number) for number in range(writers)))
    return len(taken) / seconds, taken


def _append_sqlite() -> float:
    async def run(folder: Path) -> float:
        store = open_sqlite(folder / "log.sqlite")
        writer = await open_writer(store, folder)
        cpu = time.process_time()
        rate, taken = await append(writer, WRITERS, SECONDS)
        cpu = (time.process_time() - cpu) / len(taken)
        bare = await bare_loop(store, WRITERS, BARE_SECONDS)
        await writer.log.close()
        await store.close()
        print(
            f"  {rate:.0f} records/s, p50 {statistics.median(taken):.1f} ms, CPU {cpu * 1e6:.0f} us a record;"
            f" bare store loop {bare * 2:.0f} commits/s (ratio {rate / bare / 2:.2f})",
            file=sys.stderr,
        )
        return rate

    with tempfile.TemporaryDirectory() as folder:
        return uvloop.run(run(Path(folder)))


def _append_postgres() -> float:
    """Two processes with half of the writers each."""

    async def run(url: str, folder: Path) -> float:
        store = await open_postgres(url)
        writer = await open_writer(store, folder)
        await writer.log.close()
        command = [sys.executable, "-m", "bench.log_writer", url, str(folder), str(WRITERS // PROCESSES), str(SECONDS)]
        both = [await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE) for _ in range(PROCESSES)]
        told = [json.loads((await each.communicate())[0]) for each in both]
        rate = float(sum(each["records"] for each in told) / SECONDS)
        bare = await bare_loop(store, WRITERS, BARE_SECONDS)
        await store.close()
        print(
            f"  {rate:.0f} records/s, p50 {statistics.median(each['p50'] for each in told):.1f} ms,"
            f" CPU {sum(each['cpu'] for each in told) / SECONDS / rate * 1e6:.0f} us a record;"
            f" bare store loop {bare * 2:.0f} commits/s (ratio {rate / bare / 2:.2f})",
            file=sys.stderr,
        )
        return rate

    with tempfile.TemporaryDirectory() as folder, postgres.running() as cluster:
        return uvloop.run(run(asyncio.run(cluster.make_database()), Path(folder)))


async def _steady(writer: Writer, rate: int, seconds: float) -> list[float]:
    """ms from when each record was due to its receipt with the proof, at a fixed rate whatever happens."""
    taken: list[float] = []
    start = time.perf_counter() + 0.05

    async def one(number: int) -> None:
        due = start + number / rate
        await writer.give_receipt(number % PERSONS)
        taken.append((time.perf_counter() - due) * 1000)

    under_way = set()
    for number in range(int(rate * seconds)):
        pause = start + number / rate - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(one(number))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    return sorted(taken)


def _flushes(folder: Path) -> list[float]:
    """ms of flushes of 4 KiB, sorted."""
    taken = []
    with (folder / "flush").open("wb") as file:
        for _ in range(500):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def _receipt() -> float:
    async def run(folder: Path) -> float:
        store = open_sqlite(folder / "log.sqlite")
        writer = await open_writer(store, folder)
        await _steady(writer, RECEIPTS_A_SECOND, 1.0)
        taken = await _steady(writer, RECEIPTS_A_SECOND, SECONDS)
        await writer.log.close()
        await store.close()
        flush = _flushes(folder)
        p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
        print(
            f"  p50 {p50:.2f} ms, p99 {p99:.2f} ms; one flush p50 {flush[len(flush) // 2]:.2f} ms,"
            f" p99 {flush[len(flush) * 99 // 100]:.2f} ms (ratio of the p99 {p99 / flush[len(flush) * 99 // 100]:.1f})",
            file=sys.stderr,
        )
        return p50

    with tempfile.TemporaryDirectory() as folder:
        return uvloop.run(run(Path(folder)))


async def lay_prefix(store: Store, size: int, known: Sequence[int], keys: Keys) -> None:
    """Make the log one of so many entries: tiles, head and checkpoint of a real tree, rows for the `known` alone."""
    nodes = [hashlib.sha256(b"\0" + index.to_bytes(8)).digest() for index in range(size)]
    leaves = {index: nodes[index] for index in (*known, size - 1)}  # the last one: the log compares it with its head
    frontier: list[bytes] = []
    level = 0
    while nodes:
        tiles = [
            (level // 8, at // 256, min(256, len(nodes) - at), b"".join(nodes[at : at + 256]))
            for at in range(0, len(nodes), 256)
            if level % 8 == 0
        ]
        if tiles:
            await store.transact(lambda tx, tiles=tiles: rows.put_tiles(tx, tiles))  # type: ignore[misc]  # the defaults bind the loop variable
        if len(nodes) % 2:
            frontier.insert(0, nodes.pop())
        pairs = iter(nodes)
        nodes = [hashlib.sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
        level += 1
    tree = Frontier(SHA256, size, frontier)
    other = Frontier(SHA512, size, [hashlib.sha512(node).digest() for node in frontier])
    text = Checkpoint(ORIGIN, size, tree.root()).text
    note = join_note(text, [Signer(ORIGIN, keys.log).sign(text)])
    head = rows.Head(size, tree.root(), tree.to_bytes(), other.root(), other.to_bytes(), note)

    async def write(tx: Tx) -> None:
        await tx.run("delete from head")
        await rows.start_head(tx, head)
        await tx.run(
            "insert into checkpoint (size, note, root_512) values ($1, $2, $3)", size, head.note, head.root_512
        )
        entries = [
            rows.Entry(index, f"known-{index}", "confirmation", b"x" * 2200, leaf) for index, leaf in leaves.items()
        ]
        await rows.add_entries(tx, entries, 0)

    await store.transact(write)


def _proof() -> float:
    """ms of a proof out of ten million entries, and what an append costs there and at ten thousand."""

    async def at(folder: Path, size: int) -> tuple[list[float], float]:
        store = open_sqlite(folder / f"log{size}.sqlite")
        await store.migrate()
        known = random.Random(size).sample(range(size - 1000), 1000)  # noqa: S311 - which proofs are asked for
        keys = generate(os.urandom)
        await lay_prefix(store, size, known, keys)
        writer = _writer(store, folder, keys, f"fence{size}.json")
        await writer.log.open()
        cpu = time.process_time()
        _, appended = await append(writer, WRITERS, 2.0)
        cpu = (time.process_time() - cpu) / len(appended)
        taken = []
        for index in known:
            began = time.perf_counter()
            found = await writer.log.find(f"known-{index}")
            taken.append((time.perf_counter() - began) * 1000)
            if found is None or found.index != index:
                raise RuntimeError("not the proof of this record")
        await writer.log.close()
        await store.close()
        return sorted(taken), cpu

    async def run(folder: Path) -> float:
        _, small = await at(folder, 10_000)
        taken, large = await at(folder, 10_000_000)
        print(
            f"  proof p50 {taken[500]:.2f} ms, p99 {taken[990]:.2f} ms; CPU of an append at 10 thousand entries"
            f" {small * 1e6:.0f} us, at 10 million {large * 1e6:.0f} us (ratio {large / small:.2f})",
            file=sys.stderr,
        )
        return taken[500]

    with tempfile.TemporaryDirectory() as folder:
        return uvloop.run(run(Path(folder)))


BENCHES = {
    "log-receipt": Bench("ms", _receipt, {"records a second": RECEIPTS_A_SECOND, "seconds": SECONDS}),
    "log-proof": Bench("ms", _proof, {"entries": 10_000_000}),
    "log-append.postgres": Bench(
        "records/s", _append_postgres, {"processes": PROCESSES, "writers": WRITERS, "seconds": SECONDS}
    ),
    "log-append.sqlite": Bench("records/s", _append_sqlite, {"writers": WRITERS, "seconds": SECONDS}),
}
