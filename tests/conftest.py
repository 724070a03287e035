"""What every test can ask for, the three tiers (quick, `--all`, `--deep`), and the words about what was skipped."""

from __future__ import annotations

import logging
import os
import random
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from authsvc.logs import Lines
from tests import postgres, valkey

if TYPE_CHECKING:
    from authsvc.clock import HandClock
    from authsvc.store import Store
    from authsvc.store.budgets import Budgets
    from authsvc.store.ephemeral import Ephemeral
    from tests.world import Seeded, World

# 2026-11-24T10:00:00Z: after the Digital Code is in force, within the life of the test certificates.
START_MS = 1_795_514_400_000
STORE_TESTS = Path(__file__).resolve().parent / "authsvc" / "store"
VECTORS = Path(__file__).resolve().parents[1] / ".." / "shared" / "vectors"
NO_VECTORS = "../shared/vectors is not beside this checkout"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NO_NODE = "no Node.js of 18 or newer with npm (on Debian: apt install nodejs npm)"
NO_CHROMIUM = "no Chromium (on Debian: apt install chromium)"

# The quick tier says the same thing each time; the deep one looks for what nobody has seen yet.
settings.register_profile(
    "quick", max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("authsvc")
    group.addoption("--all", action="store_true", help="what CI runs: a skipped test is a failed test")
    group.addoption("--deep", action="store_true", help="also long property runs and fault storms")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("deep" if config.getoption("--deep") else "quick")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deep tests are left out, not skipped, unless asked for; browser tests are skipped without a browser."""
    for item in items:
        if _is_slow_by_nature(item):
            item.add_marker(pytest.mark.slow)
    if not config.getoption("--deep"):
        deep = [item for item in items if item.get_closest_marker("deep")]
        if deep:
            config.hook.pytest_deselected(items=deep)
            items[:] = [item for item in items if not item.get_closest_marker("deep")]
    if chromium_path() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def _is_slow_by_nature(item: pytest.Item) -> bool:
    """With a browser, a cluster, or on PostgreSQL above the store: what SQLite shows here, `--all` shows on both."""
    if item.get_closest_marker("browser"):
        return True
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return False
    on_postgres = "postgres" in callspec.id.split("-") and STORE_TESTS not in item.path.parents
    return on_postgres or "valkey-cluster" in callspec.id


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Under `--all` a skip fails, except for public vectors that are no part of this repository."""
    report = yield
    if report.skipped and item.config.getoption("--all") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if NO_VECTORS not in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: skipped, and with --all nothing may be ({reason})"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Each reason for which something was skipped, with the number of tests that it cost."""
    counts: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        counts[reason] = counts.get(reason, 0) + 1
    for reason, count in sorted(counts.items()):
        terminalreporter.write_line(f"SKIPPED {count} test{'s' * (count > 1)}: {reason}", yellow=True, bold=True)


def chromium_path() -> str | None:
    """Debian's Chromium, or the program that TEST_CHROMIUM names."""
    return os.environ.get("TEST_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def log_of_one_test() -> Iterator[None]:
    """What a test's `serve` installed as the process's log ends with the test, as its standard error does."""
    yield
    root = logging.getLogger()
    installed = [handler for handler in root.handlers if isinstance(handler.formatter, Lines)]
    if installed:
        root.handlers[:] = [handler for handler in root.handlers if handler not in installed]
        root.setLevel(logging.WARNING)
        logging.captureWarnings(False)


@pytest.fixture(scope="session")
def chromium() -> str:
    path = chromium_path()
    if path is None:
        pytest.skip(NO_CHROMIUM)
    return path


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """The public vectors beside the checkout; tests that need them are skipped, aloud, where they are not."""
    if not VECTORS.is_dir():
        pytest.skip(NO_VECTORS)
    return VECTORS.resolve()


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands still until the test moves it."""
    from authsvc.clock import HandClock

    return HandClock(START_MS)


@pytest.fixture
def entropy(request: pytest.FixtureRequest) -> Callable[[int], bytes]:
    """Bytes that are the same in each run of a test and differ between tests."""
    return random.Random(request.node.nodeid).randbytes  # noqa: S311 - repeatable on purpose


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Cluster]:
    """One server for the whole run (for each worker under xdist)."""
    if not os.environ.get(postgres.URL_VARIABLE) and postgres.programs() is None:
        pytest.skip(postgres.NOT_FOUND)
    with postgres.running() as cluster:
        yield cluster


async def _migrate(url: str) -> None:
    from authsvc.store.postgres import open_postgres

    store = await open_postgres(url)
    try:
        await store.migrate()
    finally:
        await store.close()


@pytest.fixture
async def postgres_url(anyio_backend: object, postgres_server: postgres.Cluster) -> AsyncIterator[str]:
    """A PostgreSQL database of the test's own, with the schema in it."""
    url = await postgres_server.make_database(_migrate)
    yield url
    await postgres_server.drop_database(url)


@pytest.fixture
async def empty_postgres_url(anyio_backend: object, postgres_server: postgres.Cluster) -> AsyncIterator[str]:
    """A PostgreSQL database of the test's own, with nothing in it."""
    url = await postgres_server.make_database()
    yield url
    await postgres_server.drop_database(url)


@asynccontextmanager
async def _database(request: pytest.FixtureRequest, kind: str, folder: Path) -> AsyncIterator[Store]:
    from authsvc.store.postgres import open_postgres
    from tests.sqlite import open_migrated

    if kind == "sqlite":
        store: Store = await open_migrated(folder / "authsvc.sqlite")
        yield store
        await store.close()
        return
    server: postgres.Cluster = request.getfixturevalue("postgres_server")
    url = await server.make_database(_migrate)
    store = await open_postgres(url)
    yield store
    await store.close()
    await server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgres"])
async def db(request: pytest.FixtureRequest, anyio_backend: object, tmp_path: Path) -> AsyncIterator[Store]:
    """A freshly migrated store; each test that asks for it runs once on each database."""
    async with _database(request, request.param, tmp_path) as store:
        yield store


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """One Valkey for the whole run (for each worker under xdist); tests keep apart by the prefix of their keys."""
    if named := valkey.url():
        yield named
        return
    if valkey.program() is None:
        pytest.skip(valkey.NOT_FOUND)
    with valkey.running() as server:
        yield server.url


@pytest.fixture(scope="session")
def valkey_cluster() -> Iterator[valkey.Cluster]:
    """Three Valkeys that share the slots of a cluster, for the whole run."""
    if valkey.program() is None:
        pytest.skip(valkey.NOT_FOUND)
    with valkey.running_cluster() as cluster:
        yield cluster


@pytest.fixture
def valkey_server() -> Iterator[valkey.Server]:
    """A Valkey of the test's own, which it may stop and start."""
    if valkey.program() is None:
        pytest.skip(valkey.NOT_FOUND)
    with valkey.running() as server:
        yield server


SHARED = ["in-process", "valkey", "valkey-cluster", "sqlite", "postgres"]
"""Where short-lived keys and budgets may lie."""


@pytest.fixture(params=SHARED)
async def short_lived(
    request: pytest.FixtureRequest, anyio_backend: object, clock: HandClock, tmp_path: Path
) -> AsyncIterator[tuple[Ephemeral, Budgets]]:
    """Short-lived keys and budgets; each test that asks for them runs once on each kind."""
    from authsvc.store.budgets import InProcessBudgets
    from authsvc.store.ephemeral import InProcess
    from authsvc.store.redis import RedisBudgets, RedisEphemeral, open_redis
    from authsvc.store.short_lived import SqlBudgets, SqlEphemeral

    if request.param == "in-process":
        yield InProcess(clock.now), InProcessBudgets()
    elif request.param in ("sqlite", "postgres"):
        async with _database(request, request.param, tmp_path) as store:
            yield SqlEphemeral(store, clock.now), SqlBudgets(store)
    else:
        cluster = request.param == "valkey-cluster"
        url = request.getfixturevalue("valkey_cluster").url if cluster else request.getfixturevalue("valkey_url")
        server = open_redis(url, f"test.{os.urandom(8).hex()}", cluster=cluster)
        yield RedisEphemeral(server), RedisBudgets(server)
        await server.close()


@pytest.fixture
def ephemeral(short_lived: tuple[Ephemeral, Budgets]) -> Ephemeral:
    """A store of short-lived keys; each test that asks for it runs once on each."""
    return short_lived[0]


@pytest.fixture
def budgets(short_lived: tuple[Ephemeral, Budgets]) -> Budgets:
    """Where budgets are counted; each test that asks for it runs once on each."""
    return short_lived[1]


@pytest.fixture(scope="session")
def seeded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """A sandbox made once for the whole run."""
    from tests.world import Seeded

    return Seeded.make(tmp_path_factory.mktemp("sandbox") / "data")


@pytest.fixture(scope="session")
def seeded_postgres(tmp_path_factory: pytest.TempPathFactory, postgres_server: postgres.Cluster) -> Seeded:
    """The same on PostgreSQL, made when the first story asks for it."""
    from tests.world import Seeded

    return Seeded.make(tmp_path_factory.mktemp("sandbox-pg") / "data", postgres_server)


@pytest.fixture
async def world(
    anyio_backend: object, request: pytest.FixtureRequest, seeded_sqlite: Seeded, tmp_path: Path
) -> AsyncIterator[World]:
    """A running service with its people; the log that a story leaves is checked as a stranger would.

    On SQLite; a story that is told on PostgreSQL too is marked with `tests.world.both_databases`.
    """
    on_postgres = getattr(request, "param", "sqlite") == "postgres"
    seeded: Seeded = request.getfixturevalue("seeded_postgres") if on_postgres else seeded_sqlite
    async with seeded.served(tmp_path) as world:
        yield world


@pytest.fixture(scope="module")
async def shared_world(
    anyio_backend: object, seeded_sqlite: Seeded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One world for all tests of a module that leave each other alone."""
    async with seeded_sqlite.served(tmp_path_factory.mktemp("shared")) as world:
        yield world
