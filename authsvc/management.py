"""The management port: health and metrics on an address of their own, apart from what the world reaches.

It opens before the first request is taken and closes after the last, so that a process that drains can still be asked.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from authsvc.errors import ConfigurationError
from authsvc.service import Service
from authsvc.web.management import build_management


@asynccontextmanager
async def managed(svc: Service, number: int = 0) -> AsyncIterator[None]:
    """The management port of process `number` (from 0) of a machine, open while the block runs.

    ConfigurationError when it can't be opened.
    """
    if not svc.settings.management_apart:
        yield
        return
    port = svc.settings.management_port_of(number)
    host = svc.settings.management_host
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(f"management_port: {host}:{port} can't be opened ({reason})") from error
    config = uvicorn.Config(
        build_management(svc),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = _Quiet(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class _Quiet(uvicorn.Server):
    """Leaves the signals to the server of the pages."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
