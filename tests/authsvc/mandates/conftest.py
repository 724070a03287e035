"""A company with a head and employees, and a bank that knows one of them; on both databases."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.store import Store
from authsvc.trust import Trust
from authsvc.web.sandbox.pki import TestPki
from tests.authsvc.mandates.company import DAY, Company, found_company
from tests.authsvc.services import Party, add_person, add_relying_party, let_know, service_on
from tests.conftest import START_MS


@pytest.fixture(scope="module")
def pki() -> TestPki:
    """ECDSA authorities of a day ago; nothing is fetched."""
    return TestPki.create(at=START_MS - DAY, entropy=os.urandom, base_url="http://pki.example", families=("ecdsa",))


@pytest.fixture(scope="module")
def trust(pki: TestPki) -> Iterator[Trust]:
    """Its processes start once for all tests of a module."""
    authority = pki.authority("ecdsa")
    known = (*pki.issuers(), authority.root_crl(START_MS), authority.crl(START_MS))
    trust = Trust(tuple(pki.anchors()), known)
    yield trust
    trust.close()


@pytest.fixture
async def company(
    db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], pki: TestPki, trust: Trust
) -> AsyncIterator[Company]:
    async with service_on(db, tmp_path, clock, entropy) as (bare, gateway):
        svc = replace(bare, trust=trust)
        head, first, second, third = [await add_person(svc, number) for number in (1, 2, 3, 4)]
        asker = await add_relying_party(svc)
        await let_know(svc, first, asker.client_id)
        yield found_company(Party(svc, gateway, clock, first, asker), head, (first, second, third), pki)
