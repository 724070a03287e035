"""A process that writes records until its input ends, and says each one that was acknowledged with its proof.

`python -m tests.faults.writer SETTINGS.json [--stop-at BATCH] [--room BYTES] [--break WHAT:N,WHAT:N,…]`. Lines on its
output: `ready`, `ack INDEX LEAF [LAST-CALL-ON-THE-WAL]`, `refused ERROR`, `broke HOW-MANY`. With `--stop-at` it stops
itself (SIGSTOP) in the middle of a batch, the transaction open and the head locked. With `--room` no file may grow by
more than so many bytes (RLIMIT_FSIZE) until a line comes in after a refusal. With `--break` the N-th `write`, `flush`
(of SQLite) or `rename` from then on fails; the next one is counted from the first act that was acknowledged after that.
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from authsvc import app
from authsvc.clock import SystemClock
from authsvc.evidence import log as log_module
from authsvc.settings import build
from tests.authsvc.evidence.logs import AIGUL, Bench
from tests.faults import flushes

CLIENTS = 4


def say(*words: object) -> None:
    """One line, in one piece: several clients speak."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def stop_in_batch(number: int) -> None:
    """Stop this process when the tiles of this batch are about to be written."""
    put, seen = log_module.rows.put_tiles, 0

    async def stop(tx: Any, tiles: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGSTOP)
        await put(tx, tiles)

    log_module.rows.put_tiles = stop


def limit_room(folder: Path, room: int) -> None:
    """No file of the data may grow beyond the largest one by more than this."""
    largest = max(path.stat().st_size for path in folder.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + room, resource.RLIM_INFINITY))


async def lines() -> asyncio.StreamReader:
    """What comes in."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


class Breaking:
    """What is to fail, one after another. `failed`: how many have."""

    def __init__(self, told: str) -> None:
        self._to_come = [each.partition(":") for each in told.split(",") if each]
        self._under_way = ""
        self.failed = 0
        if told:
            flushes.install()

    def go_on(self) -> None:
        """Count what has failed, and let the next one come."""
        if self._under_way and flushes.SEEN.fails_at[self._under_way] <= 0:
            self.failed += 1
            self._under_way = ""
        if not self._under_way and self._to_come:
            self._under_way, _, number = self._to_come.pop(0)
            flushes.break_at(self._under_way, int(number))


async def write(
    bench: Bench, come_in: asyncio.StreamReader, done: asyncio.Event, breaking: Breaking, *, waits: bool
) -> None:
    """One client: writes, acknowledges, and after a refusal waits for room, or tries again."""
    while not done.is_set():
        try:
            settled = await bench.write(AIGUL)
        except Exception as error:  # whatever the fault made of it: it was not acknowledged
            say("refused", type(error).__name__)
            if waits:
                await come_in.readline()
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        else:
            say("ack", settled.index, settled.leaf.hex(), flushes.last_call("-wal"))
            breaking.go_on()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path)
    parser.add_argument("--stop-at", type=int, default=0)
    parser.add_argument("--room", type=int, default=0)
    parser.add_argument("--break", dest="broken", default="")
    options = parser.parse_args()
    breaking = Breaking(options.broken)
    settings = build(json.loads(options.settings.read_text(encoding="utf-8")), {})
    come_in, done = await lines(), asyncio.Event()
    async with app.opened(settings, channels={}, clock=SystemClock()) as svc:
        bench = Bench(svc.store, svc.keys, svc.log._fence, svc.clock, os.urandom, svc.log, svc.log.vault.epochs)  # type: ignore[arg-type]
        await bench.write(AIGUL)
        say("ready")
        if options.stop_at:
            stop_in_batch(options.stop_at)
        if options.room:
            limit_room(Path(settings.database).parent, options.room)
        breaking.go_on()
        clients = 1 if options.room or options.broken else CLIENTS
        waits = bool(options.room)
        writing = [asyncio.create_task(write(bench, come_in, done, breaking, waits=waits)) for _ in range(clients)]
        if not options.room:
            await come_in.read()
            done.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*writing)
        if options.broken:
            breaking.go_on()
            say("broke", breaking.failed)


if __name__ == "__main__":
    asyncio.run(main())
