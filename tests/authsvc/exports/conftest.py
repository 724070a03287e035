"""A desk: two auditors, a citizen, a relying party that the citizen knows; on both databases."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.store import Store
from tests.authsvc.exports.desk import Desk, make_desk
from tests.authsvc.services import Party, add_person, add_relying_party, let_know, service_on


@pytest.fixture
async def desk(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> AsyncIterator[Desk]:
    async with service_on(db, tmp_path, clock, entropy) as (svc, gateway):
        person = await add_person(svc)
        asker = await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        yield await make_desk(Party(svc, gateway, clock, person, asker))
