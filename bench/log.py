"""The evidence log alone: `confirmation` records with all slots and sealed values, acknowledged with their proofs.

`log-append`: as many as go, 64 writers; on PostgreSQL two processes share one database. `log-receipt`: one thousand a
second, how long a receipt with its proof takes. `log-proof`: a proof out of ten million entries. Beside the first two
a bare loop on the same store or disk runs, so that the figures can be read as ratios.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import uvloop

from authsvc import opening
from authsvc.clock import SystemClock, uuid7
from authsvc.evidence import kinds
from authsvc.evidence.fence import FileFence
from authsvc.evidence.log import Log, Settled, Ticket
from authsvc.keys import b64url, generate, load_keys, store_keys
from authsvc.store import Store, Tx
from authsvc.store.postgres import open_postgres
from authsvc.store.sqlite import open_sqlite
from bench.acts import bare_loop
from bench.measure import Bench
from tests import postgres

ORIGIN = "test.bench.example/1"
WRITERS = 64
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

    async def write(self, person: int) -> Settled:
        """One confirmation at its place, with its proof."""
        record = self._confirmation(person)
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


async def open_writer(store: Store, folder: Path) -> Writer:
    """A new log in a new store."""
    await store.migrate()
    keys, clock = generate(os.urandom), SystemClock()
    store_keys(keys, folder)
    log = Log(ORIGIN, store, keys, fence=FileFence(folder / "fence.json"), clock=clock, entropy=os.urandom)
    await opening.open_new(
        log, store, keys, environment="test", ground="bench", in_force=(), clock=clock, entropy=os.urandom
    )
    return Writer(log, store, clock)


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


async def open_shared(store: Store, folder: Path) -> Writer:
    """The log that `open_writer` made, as a further process opens it."""
    clock = SystemClock()
    log = Log(
        ORIGIN,
        store,
        load_keys(folder, os.urandom),
        fence=FileFence(folder / "fence.json"),
        clock=clock,
        entropy=os.urandom,
    )
    await log.open()
    return Writer(log, store, clock)


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


BENCHES = {
    "log-append.postgres": Bench(
        "records/s", _append_postgres, {"processes": PROCESSES, "writers": WRITERS, "seconds": SECONDS}
    ),
    "log-append.sqlite": Bench("records/s", _append_sqlite, {"writers": WRITERS, "seconds": SECONDS}),
}
