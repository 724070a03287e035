"""A deployment of real processes: `authsvc serve` and `authsvc worker` as an operator starts them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2

from authsvc.sandbox import seed
from authsvc.settings import Settings
from tests.command import ROOT, environ_of, run_authsvc
from tests.peers.web import Answer, WebServer
from tests.postgres import die_with_parent
from tests.world import Seeded

PATIENCE_S = 90
"""Seconds for whatever a test waits for: the machine may be slow, and nothing depends on how fast it is."""
_CALL = "import sys; from authsvc.cli import main; sys.exit(main())"


async def until(what: str, holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for a condition, asked again and again."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = holds()
        if found is True or (not isinstance(found, bool) and await found):
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        await asyncio.sleep(0.02)


@dataclass
class Running:
    """One process that was started, and its lines."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def children(self) -> list[int]:
        """The processes that it started and that live."""
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def lines(self) -> str:
        return self.log.read_text(errors="replace")

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit status, once it has ended."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        await until(f"the end of {self.process.args!r}", lambda: self.process.poll() is not None)
        return int(self.process.returncode)


@dataclass
class Deployment:
    """The sandbox's people on a database of their own; codes arrive at `gateway`, as from an aggregator of SMS."""

    settings: Settings
    people: seed.World
    gateway: WebServer
    folder: Path
    more: dict[str, str]
    started: list[Running] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return self.settings.issuer

    @property
    def environ(self) -> dict[str, str]:
        return {
            **environ_of(self.settings),
            "AUTHSVC_PORT": str(self.settings.port),
            "AUTHSVC_LOG_ENTRIES_PUBLIC": "true",
            "AUTHSVC_PUBLISH_MS": "100",
            "AUTHSVC_SENDS_AN_HOUR": "1000000",
            "AUTHSVC_SENDS_A_DAY": "1000000",
            "AUTHSVC_CHANNELS_FILE": str(self.folder / "channels.toml"),
            **self.more,
        }

    def start(self, *words: str, call: str = _CALL, **more: str) -> Running:
        """Start `authsvc` with these words."""
        log = self.folder / f"{len(self.started)}.log"
        own = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", call, *words],
                cwd=ROOT,
                env={**own, **self.environ, **more},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
            )
        self.started.append(Running(process, log))
        return self.started[-1]

    async def serve(self, *words: str, **more: str) -> Running:
        """Start `authsvc serve` and wait until it is ready."""
        running = self.start("serve", *words, **more)
        await self.ready(running)
        return running

    async def work(self) -> Running:
        """Start `authsvc worker` and wait until it works."""
        running = self.start("worker")
        await until("the worker", lambda: "worker: " in running.lines() or running.process.poll() is not None)
        assert running.process.poll() is None, running.lines()
        return running

    async def ready(self, running: Running) -> None:
        async with httpx2.AsyncClient(timeout=PATIENCE_S) as http:

            async def answers() -> bool:
                assert running.process.poll() is None, running.lines()
                try:
                    return (await http.get(f"{self.issuer}/health/ready")).status_code == 200
                except httpx2.TransportError:
                    return False

            await until("ready", answers)

    def code_with(self, words: str) -> str | None:
        """The code in the newest message that holds these words."""
        for heard in reversed(self.gateway.heard):
            text = str(json.loads(heard.body)["text"])
            if words in text:
                return text.rpartition("#")[2].strip()
        return None

    async def fsck(self) -> str:
        """What `authsvc evidence fsck` says; it must be clean."""
        done = await asyncio.to_thread(run_authsvc, "evidence", "fsck", settings=self.environ)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@asynccontextmanager
async def deployed(seeded: Seeded, folder: Path, **more: str) -> AsyncIterator[Deployment]:
    """A copy of the sandbox on PostgreSQL, with nothing running yet; at the end nothing runs any more."""
    assert seeded.cluster is not None
    url = await seeded.cluster.make_database(seeded._seed)
    shutil.copytree(seeded.data, folder / "data")
    shutil.copy(seeded.data.parent / f"{seeded.data.name}.fence.json", folder / "data.fence.json")
    gateway = WebServer(Answer(200, b"{}"))
    with socket.socket() as held:  # bound and not listening: nobody else is given this port
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        settings = replace(seed.settings_of(folder / "data", int(held.getsockname()[1])), database=url)
        async with gateway.serving():
            (folder / "channels.toml").write_text(
                f'[channels.phones]\nkind = "http"\ncarries = "sms"\nurl = "{gateway.url}"\nat_once = 64\n'
                'body = { to = "{to}", text = "{text}", id = "{id}" }\n'
            )
            deployment = Deployment(settings, seed.load(folder / "data"), gateway, folder, more)
            try:
                yield deployment
            finally:
                for running in deployment.started:
                    if running.process.poll() is None:
                        running.process.kill()
                        running.process.wait()
    await seeded.cluster.drop_database(url)


def answer_of(response: httpx2.Response) -> dict[str, Any]:
    """The JSON of an answer."""
    body: dict[str, Any] = response.json()
    return body
