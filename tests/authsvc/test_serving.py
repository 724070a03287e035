"""Serving processes: several on one socket, a graceful stop, and the worker beside them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from authsvc import cli
from authsvc.clock import HandClock
from authsvc.sandbox import seed
from authsvc.serving import serve
from authsvc.store.sqlite import open_sqlite
from tests.authsvc.services import service_on
from tests.command import environ_of
from tests.processes import deployed, until
from tests.world import Seeded

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_request_under_way_is_finished_after_the_stop_and_the_process_is_not_ready_meanwhile(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    inside, go_on, stop, ready = asyncio.Event(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_request: Request) -> PlainTextResponse:
        inside.set()
        await go_on.wait()
        return PlainTextResponse("done")

    store = open_sqlite(tmp_path / "authsvc.sqlite")
    await store.migrate()
    async with service_on(store, tmp_path, clock, entropy) as (made, _):
        svc = replace(made, settings=replace(made.settings, drain_seconds=3600))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url, host = f"http://127.0.0.1:{listener.getsockname()[1]}", {"host": "localhost:8000"}
            routes = [Route("/slow", slow)]
            serving = asyncio.create_task(
                serve(svc, routes=routes, ready=ready.set, listener=listener, stop=stop, jobs=())
            )
            await ready.wait()
            async with httpx2.AsyncClient(base_url=url, headers=host, timeout=60) as http:
                assert (await http.get("/health/ready")).status_code == 200
                answer = asyncio.create_task(http.get("/slow"))
                await inside.wait()
                stop.set()
                await until("draining", lambda: svc.process.draining)
                told = await http.get("/health/ready")
                assert (told.status_code, told.json()["checks"]) == (503, {"traffic": False})
                assert (await http.get("/health/live")).status_code == 200
                os.kill(os.getpid(), signal.SIGTERM)  # a second word: it waits no longer for the balancer
                go_on.set()
                response = await answer
                assert (response.status_code, response.text) == (200, "done")
                await serving
    await store.close()


async def test_processes_share_a_port_one_that_is_killed_is_replaced_and_none_outlives_its_parent(
    seeded_postgres: Seeded, tmp_path: Path
) -> None:
    async with deployed(seeded_postgres, tmp_path) as deployment:
        server, worker = await deployment.serve("--workers", "2"), await deployment.work()
        await until("two children", lambda: len(server.children) == 2)
        first, second = server.children
        os.kill(first, signal.SIGKILL)
        await until("another in its place", lambda: len(server.children) == 2 and first not in server.children)
        await deployment.ready(server)
        children = server.children
        assert second in children
        assert await server.stop() == 0, server.lines()
        assert [pid for pid in children if is_running(pid)] == []
        assert await worker.stop() == 0, worker.lines()
        again = await deployment.serve("--workers", "2")
        children = again.children
        await again.stop(signal.SIGKILL)
        await until("no child", lambda: not any(is_running(pid) for pid in children))


async def test_what_one_process_refuses_at_the_start_ends_all_with_the_reason(
    seeded_postgres: Seeded, tmp_path: Path
) -> None:
    async with deployed(seeded_postgres, tmp_path) as deployment:
        server = deployment.start("serve", "--workers", "3", AUTHSVC_LOG_ORIGIN="test.other.example/1")
        assert await server.ended() == 1
        assert "this database holds the log test.sandbox.authsvc/1" in server.lines()


async def test_on_sqlite_one_process_serves_and_needs_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ_of(seed.settings_of(tmp_path / "data", 8000)).items():
        monkeypatch.setenv(name, value)
    refused = {("serve", "--workers", "2"): "SQLite serves from one", ("worker",): "no worker is needed"}
    for words, reason in refused.items():
        assert cli.main(words) == 1
        assert reason in capsys.readouterr().err


def is_running(pid: int) -> bool:
    """Whether the process lives; one that ended and that nobody asked for counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
