"""An office on both databases."""

import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.store import Store
from authsvc.web.sandbox.pki import TestPki
from tests.authsvc.erasure.office import Office, make_office
from tests.authsvc.services import Party, add_person, add_relying_party, let_know, service_on
from tests.conftest import START_MS


@pytest.fixture(scope="session")
def made_pki() -> TestPki:
    return TestPki.create(at=START_MS - 7_200_000, entropy=random.Random(4).randbytes)  # noqa: S311 - repeatable


@pytest.fixture
async def office(
    db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], made_pki: TestPki
) -> AsyncIterator[Office]:
    async with service_on(db, tmp_path, clock, entropy) as (svc, gateway):
        person = await add_person(svc)
        asker = await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        made = await make_office(Party(svc, gateway, clock, person, asker), tmp_path, made_pki)
        yield made
        made.svc.trust.close()
