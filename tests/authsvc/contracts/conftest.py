"""Three parties whom a marketplace knows, and a test PKI for who signs; on both databases."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.store import Store
from authsvc.trust import Trust
from authsvc.web.sandbox.pki import TestPki
from tests.authsvc.contracts.market import Market
from tests.authsvc.mandates.conftest import pki, trust
from tests.authsvc.services import Party, add_person, add_relying_party, let_know, service_on

__all__ = ["pki", "trust"]


@pytest.fixture
async def market(
    db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], pki: TestPki, trust: Trust
) -> AsyncIterator[Market]:
    async with service_on(db, tmp_path, clock, entropy) as (bare, gateway):
        svc = replace(bare, trust=trust)
        first, second, third = [await add_person(svc, number) for number in (1, 2, 3)]
        asker = await add_relying_party(svc)
        for person in (first, second, third):
            await let_know(svc, person, asker.client_id)
        yield Market(Party(svc, gateway, clock, first, asker), (first, second, third), pki)
