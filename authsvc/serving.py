"""Serving: requests until the process is told to stop, and the periodic work beside them.

A stop is graceful: not ready any more, a while for the balancer to see it, then no new connection, and requests under
way are finished with their records. Nothing acknowledged needs it: it spares callers a second try.
"""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from authsvc import worker
from authsvc.management import managed
from authsvc.service import Service
from authsvc.web.connection import Connection
from authsvc.web.site import Routes, build_site
from authsvc.worker import JOBS, WORKER, Job

logger = logging.getLogger("authsvc.app")

GC_THRESHOLD = 50_000
"""Objects between two young collections; the default of 700 costs about a tenth of a loaded server's time."""
FINISH_SECONDS = 10
"""Requests under way get so long to finish once no new connection is taken."""
STOPS = (signal.SIGTERM, signal.SIGINT)


class _Server(uvicorn.Server):
    """Leaves signals to `serve`; says when it listens."""

    def __init__(self, config: uvicorn.Config, *ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            for tell in self._ready:
                tell()


async def serve(
    svc: Service,
    *,
    routes: Routes = (),
    ready: Callable[[], None] = lambda: None,
    listener: socket.socket | None = None,
    stop: asyncio.Event | None = None,
    number: int = 0,
    jobs: tuple[Job, ...] = JOBS,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`, these jobs beside it; requests under way are finished.

    `number` (from 0) is that of this process on its machine.
    """
    listening = asyncio.Event()
    server = _Server(_configure(svc, routes), listening.set, ready)
    if listener is not None:
        # A long answer leaves in several writes, and none must wait 40 ms for the caller's acknowledgement of the one
        # before. Accepted sockets inherit this; asyncio sets it itself only where a socket's protocol number was named.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # What was loaded stays: the collector need not look at it, nor at each thousand of short-lived objects.
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 20)
    ending = asyncio.Event()
    work = asyncio.create_task(_work_once_listening(svc, listening, ending, jobs))
    try:
        async with managed(svc, number), _stopping(svc, server, stop):
            await server.serve([listener] if listener else None)
    finally:
        ending.set()
        listening.set()
        await work


def _configure(svc: Service, routes: Routes) -> uvicorn.Config:
    return uvicorn.Config(
        build_site(svc, routes),
        http=Connection,
        host=svc.settings.host,
        port=svc.settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )


@asynccontextmanager
async def _stopping(svc: Service, server: uvicorn.Server, stop: asyncio.Event | None) -> AsyncIterator[None]:
    """While the block runs a signal, or `stop`, ends the server gracefully; a second signal does not wait."""
    stop = stop or asyncio.Event()

    async def drain() -> None:
        await stop.wait()
        svc.process.draining = True
        await asyncio.sleep(svc.settings.drain_seconds)
        server.should_exit = True

    def told() -> None:
        if stop.is_set():
            server.should_exit = True
        stop.set()

    draining = asyncio.create_task(drain())
    with _told_to_stop(told):
        try:
            yield
        finally:
            draining.cancel()


@contextmanager
def _told_to_stop(tell: Callable[[], None]) -> Generator[None, None, None]:
    loop = asyncio.get_running_loop()
    for number in STOPS:
        loop.add_signal_handler(number, tell)
    try:
        yield
    finally:
        for number in STOPS:
            loop.remove_signal_handler(number)


async def _work_once_listening(
    svc: Service, listening: asyncio.Event, ending: asyncio.Event, jobs: tuple[Job, ...]
) -> None:
    """The periodic work, once the service answers: some of it may ask what this very process serves (the sandbox)."""
    await listening.wait()
    await worker.run(svc, ending, jobs)


async def work_until_stopped(svc: Service, jobs: tuple[Job, ...] = JOBS) -> None:
    """The periodic work alone, with its own management port, until SIGTERM or SIGINT; a job under way is finished."""
    stop = asyncio.Event()

    def tell() -> None:
        svc.process.draining = True
        stop.set()

    with _told_to_stop(tell):
        async with managed(svc, WORKER):
            logger.info("worker: %s jobs", len(jobs))
            await worker.run(svc, stop, jobs)
