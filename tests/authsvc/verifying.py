"""A service whose trust store lets it fetch from the test PKI's own host, and a person who signs."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from authsvc import verify
from authsvc.clock import HandClock
from authsvc.outside.fetching import Fetcher
from authsvc.outside.guard import Guard
from authsvc.service import Service
from authsvc.store import Store
from authsvc.trust import Trust
from authsvc.verify import Signed, Verified
from authsvc.web.sandbox.pki import Authority, Credential, TestPki, invent_iin, ocsp, sign_cms
from tests.authsvc.outside.network import Network
from tests.authsvc.services import add_relying_party, service_on

LETTER = b"The agreement is in force.\n"
DAY = 86_400_000
FOUNDED = 1_795_000_000_000
HOST = "http://1.1.1.1"
BASE = f"{HOST}/ecdsa"


@dataclass
class Desk:
    """The service, the network around it, and a person's key; the issuing authority's list is not at hand."""

    svc: Service
    clock: HandClock
    network: Network
    authority: Authority
    person: Credential

    def sign(self, **how: bool) -> bytes:
        return sign_cms(LETTER, [self.person], signing_time=self.clock.now(), **how)  # type: ignore[arg-type]

    async def verify(self, document: Signed, client: str = "shop") -> Verified:
        return await verify.verify_document(self.svc, client, "none", document)

    def serve_crl(self) -> None:
        self.network.put(f"{BASE}/issuing.crl", lambda _: self.authority.crl(self.clock.now()))

    def serve_ocsp(self) -> None:
        issuer = self.authority.issuing
        self.network.put(
            f"{BASE}/ocsp", lambda asked: ocsp.answer(issuer, issuer.credential, asked, at=self.clock.now())
        )

    async def count(self) -> int:
        """Records of verifications in the log."""
        (row,) = await self.svc.store.all("select count(*) as n from entry where type = 'signature_verification'")
        return int(row["n"])


@pytest.fixture(scope="module")
def pki() -> TestPki:
    """ECDSA authorities of a day ago whose pointers lead to a public address."""
    return TestPki.create(at=FOUNDED, entropy=os.urandom, base_url=HOST, families=("ecdsa",))


@pytest.fixture(scope="module")
def trust(pki: TestPki) -> Iterator[Trust]:
    """Its processes start once for all tests of a module."""
    authority = pki.authority("ecdsa")
    trust = Trust(tuple(pki.anchors()), (*pki.issuers(), authority.root_crl(FOUNDED + DAY)), hosts=("1.1.1.1:80",))
    yield trust
    trust.close()


@pytest.fixture
async def desk(
    db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], pki: TestPki, trust: Trust
) -> AsyncIterator[Desk]:
    clock.move(FOUNDED + DAY - clock.now())
    network = Network()
    authority = pki.authority("ecdsa")
    async with service_on(db, tmp_path, clock, entropy) as (bare, _):
        fetcher = Fetcher(network.http(), Guard(), trust.hosts, clock)
        svc = replace(bare, trust=trust, fetcher=fetcher)
        await add_relying_party(svc)
        person = authority.issue_person(name="Серік Айгүл", iin=invent_iin(date(1890, 5, 17), 3))
        yield Desk(svc, clock, network, authority, person)
        await fetcher.close()
