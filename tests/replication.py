"""A PostgreSQL primary with one streaming standby, from the same programs as `tests.postgres`: for fail-overs.

Both listen on sockets in private directories. `url` names both, as an operator writes it: whoever takes writes answers.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests import postgres

STANDBY = "standby"


@dataclass
class Pair:
    """Two running servers; `primary` and `standby` are their base directories."""

    folder: Path
    primary: Path
    standby: Path
    servers: dict[Path, subprocess.Popen[bytes]]

    def url_of(self, base: Path) -> str:
        return f"postgresql://postgres@/postgres?host={base}"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.primary},{self.standby}&target_session_attrs=read-write"

    async def run(self, base: Path, *statements: str) -> object:
        """Run these on one of the two; the value of the last."""
        connection = await asyncpg.connect(self.url_of(base))
        try:
            value: object = None
            for statement in statements:
                value = await connection.fetchval(statement)
            return value
        finally:
            await connection.close()

    async def make_synchronous(self) -> None:
        """No commit is acknowledged any more before the standby holds it."""
        named = f"alter system set synchronous_standby_names = '{STANDBY}'"
        await self.run(self.primary, named, "select pg_reload_conf()")

    async def replicas(self, state: str) -> int:
        """Standbys that stream now, in this state (`sync`, `async`)."""
        asked = f"select count(*) from pg_stat_replication where state = 'streaming' and sync_state = '{state}'"
        return int(str(await self.run(self.primary, asked)))

    def kill_primary(self) -> None:
        """SIGKILL to every process of the primary, at once: nothing is written any more, nobody is told."""
        server = self.servers[self.primary]
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        subprocess.run(["kill", "-9", str(server.pid), *children], check=False, capture_output=True)
        server.wait()

    async def promote(self) -> None:
        """The standby becomes the primary."""
        assert await self.run(self.standby, "select pg_promote(true, 60)")


@contextmanager
def paired() -> Iterator[Pair]:
    """A primary and its standby, which follows without being waited for; LookupError without programs."""
    programs = postgres.programs()
    if programs is None:
        raise LookupError(postgres.NOT_FOUND)
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    owner = postgres._unprivileged_user()
    primary, standby = folder / "a", folder / "b"
    servers: dict[Path, subprocess.Popen[bytes]] = {}
    try:
        for base in (folder, primary, standby):
            base.mkdir(exist_ok=True)
            if owner is not None:
                shutil.chown(base, owner.pw_uid, owner.pw_gid)
        if owner is not None:
            programs = postgres._readable_copy(programs, folder, owner)
        postgres._initialise(programs, primary, owner)
        servers[primary] = postgres.start(programs, primary, owner)
        source = f"host={primary} user=postgres application_name={STANDBY}"
        copy = [str(programs / "pg_basebackup"), "-D", str(standby / "data"), "-R", "-d", source, "-c", "fast"]
        subprocess.run([*copy, "--no-sync"], check=True, capture_output=True, cwd=standby, **postgres._as(owner))
        servers[standby] = postgres.start(programs, standby, owner)
        yield Pair(folder, primary, standby, servers)
    finally:
        for server in servers.values():
            postgres.stop(server)
        shutil.rmtree(folder, ignore_errors=True)
