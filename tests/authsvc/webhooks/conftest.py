"""A party with a receiver of its own, on both databases."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.store import Store
from tests.authsvc.services import Party, add_person, add_relying_party, let_know, service_on
from tests.peers.web import WebServer


@pytest.fixture
async def party(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> AsyncIterator[Party]:
    async with service_on(db, tmp_path, clock, entropy) as (svc, gateway):
        person = await add_person(svc)
        asker = await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        yield Party(svc, gateway, clock, person, asker)


@pytest.fixture
async def receiver() -> AsyncIterator[WebServer]:
    async with WebServer().serving() as server:
        yield server
