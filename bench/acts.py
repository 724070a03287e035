"""Confirmations over HTTP: one act = asked by the relying party and answered by the person, with its evidence.

The server is a process of its own, as in production; codes leave it by a pipe, as they leave for a gateway. Beside each
run a bare store loop does the same number of durable two-row commits, so that the figure can be read as a ratio.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from authsvc.store import Store, Tx
from authsvc.store.postgres import open_postgres
from authsvc.store.sqlite import open_sqlite
from bench.measure import Bench
from bench.wire import Wire
from tests import postgres

SECONDS = 6.0
WARM_UP = 1.0
PERSONS_PER_CLIENT = 4
BODY = {
    "act": "payment",
    "fields": [{"kind": "payment", "payee": "ТОО «Жібек»", "amount": 1250000, "currency": "KZT"}],
    "text": {"kk": "Шот бойынша төлем", "ru": "Оплата по счёту", "en": "Payment of the invoice"},
}


@dataclass
class Server:
    """A running server of `bench.acts_server`, and what its clients need."""

    port: int
    host: str
    token: str
    persons: list[dict[str, str]]
    codes: dict[str, asyncio.Future[str]]
    process: asyncio.subprocess.Process

    def code_of(self, request_id: str) -> asyncio.Future[str]:
        """The code for this request, as soon as the gateway has it."""
        return self.codes.setdefault(request_id, asyncio.get_running_loop().create_future())


@asynccontextmanager
async def serving(database: str, folder: Path, persons: int) -> AsyncIterator[Server]:
    """Start the server on this database, with keys and fence in the folder; stop it at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.acts_server", database, str(folder), str(persons), stdout=asyncio.subprocess.PIPE
    )
    if process.stdout is None:
        raise RuntimeError("the server has no output")
    ready = json.loads(await process.stdout.readline())
    server = Server(ready["port"], ready["host"], ready["token"], ready["persons"], {}, process)
    reading = asyncio.create_task(_read_codes(process.stdout, server))
    try:
        yield server
    finally:
        reading.cancel()
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _read_codes(stream: asyncio.StreamReader, server: Server) -> None:
    while line := await stream.readline():
        request_id, code = line.decode().split()
        future = server.code_of(request_id)
        if not future.done():
            future.set_result(code)


async def act(server: Server, wire: Wire, person: dict[str, str]) -> str:
    """Ask, get the code from the phone, answer; the request's id once the answer is acknowledged."""
    asked = json.dumps({**BODY, "subject": person["sub"]}, ensure_ascii=False).encode()
    headers = f"authorization: Bearer {server.token}\r\ncontent-type: application/json\r\n"
    status, body = await wire.request("POST", "/v1/confirmations", headers, asked)
    if status != 201:
        raise RuntimeError(f"asking gave {status}: {body[:300]!r}")
    request_id = json.loads(body)["id"]
    code = await server.code_of(request_id)
    del server.codes[request_id]
    form = urlencode({"form_token": person["form_token"], "locale": "ru", "action": "confirm", "code": code}).encode()
    headers = (
        f"cookie: {person['cookie']}\r\norigin: http://{server.host}\r\n"
        "content-type: application/x-www-form-urlencoded\r\n"
    )
    status, body = await wire.request("POST", f"/confirm/{request_id}", headers, form)
    if status != 303:
        raise RuntimeError(f"answering gave {status}: {body[:300]!r}")
    return str(request_id)


async def load(server: Server, clients: int, seconds: float) -> tuple[float, list[float]]:
    """(acts per second, latencies in ms) of so many clients at once."""
    latencies: list[float] = []
    start = time.perf_counter()
    counted_from = start + WARM_UP

    async def client(number: int) -> None:
        wire = Wire("127.0.0.1", server.port, server.host)
        own = server.persons[number * PERSONS_PER_CLIENT : (number + 1) * PERSONS_PER_CLIENT]
        turn = 0
        while (began := time.perf_counter()) < counted_from + seconds:
            await act(server, wire, own[turn % len(own)])
            turn += 1
            ended = time.perf_counter()
            if began >= counted_from:
                latencies.append((ended - began) * 1000)
        await wire.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return len(latencies) / seconds, latencies


async def bare_loop(store: Store, clients: int, seconds: float) -> float:
    """Transactions a second of the same store with nothing but two rows in each: what the disk and driver allow."""

    async def make(tx: Tx) -> None:
        await tx.run("create table if not exists bare (id text primary key, body text not null)")

    await store.transact(make)
    done = 0
    until = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < until:
            for _ in range(2):
                key, body = os.urandom(8).hex(), "x" * 400

                async def write(tx: Tx, key: str = key, body: str = body) -> None:
                    await tx.run("insert into bare (id, body) values ($1, $2)", key, body)
                    await tx.run("update bare set body = $2 where id = $1", key, body)

                await store.transact(write)
            done += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    return done / seconds


def cpu_seconds(pid: int) -> float:
    """CPU time of a process with its threads, so that a figure can be read on a busy machine too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def flush_ms(folder: Path) -> float:
    """The median of one flush of this disk, in ms."""
    taken = []
    with (folder / "flush").open("wb") as file:
        for _ in range(200):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def measured(database: str, clients: int, figure: str) -> Callable[[], float]:
    """One run: the server under load, and the bare loop right after it."""

    async def run(url: str, folder: Path) -> float:
        async with serving(url, folder, clients * PERSONS_PER_CLIENT) as server:
            before = cpu_seconds(server.process.pid)
            rate, latencies = await load(server, clients, SECONDS)
            cpu = cpu_seconds(server.process.pid) - before
        store: Store = open_sqlite(folder / "bare.sqlite") if database == "sqlite" else await open_postgres(url)
        bare = await bare_loop(store, clients, 2.0)
        await store.close()
        p50 = statistics.median(latencies)
        flush = await flush_ms(folder)
        print(
            f"  {rate:.0f} acts/s, p50 {p50:.1f} ms, p99 {sorted(latencies)[int(len(latencies) * 0.99)]:.1f} ms; "
            f"server CPU {cpu / (rate * (SECONDS + WARM_UP)) * 1e6:.0f} us an act; "
            f"bare store loop {bare:.0f}/s (ratio {rate / bare:.2f}); one flush {flush:.2f} ms",
            file=sys.stderr,
        )
        return {"rate": rate, "p50": p50, "ratio": rate / bare, "flushes": p50 / flush}[figure]

    def start() -> float:
        with tempfile.TemporaryDirectory() as folder:
            if database == "sqlite":
                return asyncio.run(run(f"{folder}/acts.sqlite", Path(folder)))
            with postgres.running() as cluster:
                return asyncio.run(run(asyncio.run(cluster.make_database()), Path(folder)))

    return start


BENCHES = {
    f"acts.{database}.{clients}": Bench(
        "acts/s" if clients > 1 else "ms",
        measured(database, clients, "rate" if clients > 1 else "p50"),
        {"clients": clients, "database": database, "seconds": SECONDS},
    )
    for database in ("sqlite", "postgres")
    for clients in (1, 64)
}
