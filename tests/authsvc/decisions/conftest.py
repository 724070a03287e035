"""A relying party that decides about a person whom it knows; on both databases."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.store import Store
from tests.authsvc.decisions.credit import Credit
from tests.authsvc.services import Party, add_person, add_relying_party, let_know, service_on


@pytest.fixture
async def credit(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> AsyncIterator[Credit]:
    async with service_on(db, tmp_path, clock, entropy) as (svc, gateway):
        person = await add_person(svc)
        asker = await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        yield Credit(Party(svc, gateway, clock, person, asker))
