"""What tests of many acts ask for: EDS keys, and a party: the service, a person, a relying party that they know."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.store import Store
from tests.authsvc.cards import Cards, make_cards
from tests.authsvc.services import Party, add_person, add_relying_party, let_know, service_on


@pytest.fixture(scope="session")
def cards() -> Iterator[Cards]:
    cards = make_cards()
    yield cards
    cards.trust.close()


@pytest.fixture
async def party(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> AsyncIterator[Party]:
    async with service_on(db, tmp_path, clock, entropy) as (svc, gateway):
        person = await add_person(svc)
        asker = await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        yield Party(svc, gateway, clock, person, asker)
