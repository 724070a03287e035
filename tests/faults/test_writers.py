"""Whole processes under faults (evidence format, section 14, cases 73, 74, 75): stopped in the middle of a batch, files
that may not grow, each write, flush and rename that fails once. What was acknowledged is there; the log is whole."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from authsvc import app
from authsvc.clock import SystemClock
from authsvc.settings import Settings, build
from tests import postgres
from tests.authsvc.evidence.logs import BOLAT, Bench

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
Entropy = Callable[[int], bytes]
PATIENCE = 120.0
"""Seconds for a line of a process on a loaded machine."""
REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["sqlite", "postgres"])
async def settings(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Settings]:
    server: postgres.Cluster | None = None
    database = str(tmp_path / "data" / "authsvc.sqlite")
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        database = await server.make_database()
    yield await made(tmp_path, database)
    if server is not None:
        await server.drop_database(database)


async def made(folder: Path, database: str) -> Settings:
    named = {
        "issuer": "http://localhost:8000",
        "log_origin": "test.faults.example/1",
        "database": database,
        "keys_dir": str(folder / "keys"),
        "fence_file": str(folder / "outside" / "fence.json"),
        "trust_dir": str(folder / "trust"),
        "environment": "test",
    }
    (folder / "settings.json").write_text(json.dumps(named))
    settings = build(named, {})
    await app.initialise(settings, ground="tests", clock=SystemClock())
    return settings


@dataclass
class Writer:
    """A writing process and what it has said."""

    process: asyncio.subprocess.Process
    acknowledged: list[tuple[int, str]]
    refused: list[str]
    last_calls: set[str]
    """What was done last to the write-ahead log when an act was acknowledged."""
    broke: int = 0
    """How many of those that were to fail have failed."""

    async def hear(self) -> str:
        """Its next word; empty when it has ended."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = (await self.process.stdout.readline()).decode().split()
        if line[:1] == ["ack"]:
            self.acknowledged.append((int(line[1]), line[2]))
            self.last_calls |= set(line[3:])
        if line[:1] == ["broke"]:
            self.broke = int(line[1])
        if line[:1] == ["refused"]:
            self.refused.append(line[1])
        return line[0] if line else ""

    async def more(self, count: int) -> None:
        """So many more acknowledgements."""
        goal = len(self.acknowledged) + count
        while len(self.acknowledged) < goal:
            assert await self.hear(), "it ended"

    async def end(self) -> None:
        """Let it finish, hearing what it still has to say."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        while await self.hear():
            pass
        async with asyncio.timeout(PATIENCE):
            assert await self.process.wait() == 0

    async def stopped(self) -> None:
        """Wait until the system says that it stands still."""
        async with asyncio.timeout(PATIENCE):
            stat = Path(f"/proc/{self.process.pid}/stat")
            while stat.read_text().rpartition(")")[2].split()[0] != "T":  # noqa: ASYNC110  # the kernel tells nobody
                await asyncio.sleep(0.05)


@asynccontextmanager
async def writing(folder: Path, *options: str) -> AsyncIterator[Writer]:
    words = [sys.executable, "-m", "tests.faults.writer", str(folder / "settings.json"), *options]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, cwd=REPO)
    writer = Writer(process, [], [], set())
    try:
        assert await writer.hear() == "ready"
        yield writer
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def opened(settings: Settings, entropy: Entropy) -> AsyncIterator[Bench]:
    async with app.opened(settings, channels={}, clock=SystemClock()) as svc:
        yield Bench(svc.store, svc.keys, svc.log._fence, svc.clock, entropy, svc.log, svc.log.vault.epochs)  # type: ignore[arg-type]


async def demand_whole(settings: Settings, entropy: Entropy, *acknowledged: tuple[int, str]) -> None:
    """All that was acknowledged stands where it was said to, the log is whole, and it goes on."""
    assert (await app.check_log(settings)).faults == []
    async with opened(settings, entropy) as bench:
        rows = {row["idx"]: row["leaf"].hex() for row in await bench.store.all("select idx, leaf from entry")}
        assert len(acknowledged) == len(set(acknowledged)) == len({index for index, _ in acknowledged})
        assert [(index, rows.get(index)) for index, _ in acknowledged] == list(acknowledged)
        assert await bench.store.all("select seq from staged") == []
        assert bench.log.read_only_reason is None
        assert (await bench.write(BOLAT)).index >= len(rows)
    assert (await app.check_log(settings)).faults == []


@pytest.mark.parametrize("seconds", [0, pytest.param(60, marks=pytest.mark.deep)])
async def test_73_a_process_that_stood_still_in_a_batch_loses_nothing_and_gives_no_place_twice(
    settings: Settings, tmp_path: Path, entropy: Entropy, seconds: int
) -> None:
    """SIGSTOP with the head locked. PostgreSQL ends the session after its limit, so others write meanwhile; SQLite's
    lock stays, so others wait or are refused. Then SIGCONT."""
    theirs: list[tuple[int, str]] = []
    async with opened(settings, entropy) as bench, writing(tmp_path, "--stop-at", "5") as writer:
        await writer.more(4)
        while True:  # whatever it says until it stands still
            hearing = asyncio.ensure_future(writer.hear())
            standing = asyncio.ensure_future(writer.stopped())
            await asyncio.wait((hearing, standing), return_when=asyncio.FIRST_COMPLETED)
            if standing.done():
                break
            standing.cancel()
        other = asyncio.ensure_future(bench.write(BOLAT))
        if bench.store.groups_commits:
            await asyncio.wait((other,), timeout=1)
        else:
            async with asyncio.timeout(PATIENCE):
                theirs.append(placed(await other))
        await asyncio.sleep(seconds)
        writer.process.send_signal(signal.SIGCONT)
        await hearing
        await writer.more(8)
        if bench.store.groups_commits:
            async with asyncio.timeout(PATIENCE):
                (outcome,) = await asyncio.gather(other, return_exceptions=True)
            if not isinstance(outcome, BaseException):
                theirs.append(placed(outcome))
        await writer.end()
    if not settings.database.startswith("postgresql://"):
        assert writer.refused == []
    await demand_whole(settings, entropy, *writer.acknowledged, *theirs)


def placed(settled: object) -> tuple[int, str]:
    return settled.index, settled.leaf.hex()  # type: ignore[attr-defined]


async def test_74_a_file_that_may_not_grow_refuses_acts_and_ends_with_room(tmp_path: Path, entropy: Entropy) -> None:
    """RLIMIT_FSIZE: the system itself refuses the write in the middle of a commit, as a full disk does."""
    settings = await made(tmp_path, str(tmp_path / "data" / "authsvc.sqlite"))
    async with writing(tmp_path, "--room", "100000") as writer:
        while await writer.hear() == "ack":
            pass
        assert writer.refused == ["OperationalError"]
        before = len(writer.acknowledged)
        assert before > 0
        assert writer.process.stdin is not None
        writer.process.stdin.write(b"room\n")
        await writer.more(5)
        writer.process.kill()
        await writer.process.wait()
        while await writer.hear():
            pass
    await demand_whole(settings, entropy, *writer.acknowledged)


IN_ONE_PROCESS = 10
"""Faults, one after another: most of a run is the start of processes, and what goes on after a fault counts too."""
Series = tuple[str, Sequence[int]]
FAILING: list[Series] = [("write", (1, 2, 7)), ("flush", (1, 2)), ("rename", (1,))]
EVERY: list[Series] = [
    *(("write", range(at, min(at + IN_ONE_PROCESS, 40))) for at in range(1, 40, IN_ONE_PROCESS)),
    *(("flush", range(at, min(at + IN_ONE_PROCESS, 20))) for at in range(1, 20, IN_ONE_PROCESS)),
    ("rename", (1,)),
    ("rename", (2,)),
]


async def break_each(tmp_path: Path, entropy: Entropy, series: list[Series]) -> None:
    settings = await made(tmp_path, str(tmp_path / "data" / "authsvc.sqlite"))
    acknowledged: list[tuple[int, str]] = []
    for what, places in series:
        async with writing(tmp_path, "--break", ",".join(f"{what}:{at}" for at in places)) as writer:
            await writer.more(sum(at + 2 for at in places))
            await writer.end()
        assert writer.last_calls == {"flush"}, "acknowledged before it was on the disk"
        assert len(writer.refused) <= len(places)
        if what != "rename":  # in an act, or in what publishes beside them
            assert writer.broke == len(places), f"of {what} at {places} only {writer.broke} failed"
        acknowledged += writer.acknowledged
        assert (await app.check_log(settings)).faults == []
    await demand_whole(settings, entropy, *acknowledged)


async def test_75_a_write_flush_or_rename_that_fails_once_loses_nothing(tmp_path: Path, entropy: Entropy) -> None:
    await break_each(tmp_path, entropy, FAILING)


@pytest.mark.deep
async def test_75_each_write_flush_and_rename_that_fails_once_loses_nothing(tmp_path: Path, entropy: Entropy) -> None:
    await break_each(tmp_path, entropy, EVERY)
