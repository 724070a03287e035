"""A receiver of its own for what a party is told."""

from collections.abc import AsyncIterator

import pytest

from tests.peers.web import WebServer


@pytest.fixture
async def receiver() -> AsyncIterator[WebServer]:
    async with WebServer().serving() as server:
        yield server
