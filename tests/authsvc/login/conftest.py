"""A service on each database, with one person who can sign in."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from authsvc.accounts import Person
from authsvc.clock import HandClock
from authsvc.evidence.record import Disclosure
from authsvc.login import answers
from authsvc.login.answers import Seen, SignedIn
from authsvc.login.decide import Demand
from authsvc.login.flow import Flow, Party, begin
from authsvc.login.sessions import Session
from authsvc.service import Service
from authsvc.store import Store
from confirmations.methods import totp
from tests.authsvc.services import add_person, service_on

PASSWORD = "құпия сөз ұзын 42"
SEED = b"Hello!\xde\xad\xbe\xef" * 2
SEEN = Seen("203.0.113.7", "Browser/1")


@dataclass
class Door:
    """The service's sign-in and one person in front of it."""

    svc: Service
    clock: HandClock
    person: Person

    @property
    def code(self) -> str:
        return totp.code_at(SEED, self.clock.now())

    def begin(self, demand: Demand | None = None, party: Party | None = None) -> Flow:
        return begin(self.svc, demand or Demand(), party or Party(), "")

    async def password(
        self,
        flow: Flow | None = None,
        *,
        login: str = "aigul1",
        password: str = PASSWORD,
        session: Session | None = None,
        seen: Seen = SEEN,
    ) -> Flow:
        flow = flow or self.begin()
        went = await answers.answer_password(self.svc, flow, login, password, seen, session)
        assert isinstance(went, Flow)
        return went

    async def sign_in(self, flow: Flow | None = None, *, session: Session | None = None, **given: str) -> SignedIn:
        went = await self.password(flow, session=session, **given)
        return await answers.answer_totp(self.svc, went, self.code, SEEN, session)

    async def records(self, kind: str) -> list[tuple[str, dict[str, object]]]:
        """(entry text, values by slot) of each record of a type, in the log's order."""
        rows = await self.svc.store.all("select record_id, body from entry where type = $1 order by idx", kind)
        found = []
        for row in rows:
            disclosed: list[Disclosure] = await self.svc.log.vault.disclosures(self.svc.store, row["record_id"])
            found.append((bytes(row["body"]).decode(), {one.name: one.value for one in disclosed}))
        return found


@pytest.fixture
async def door(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> AsyncIterator[Door]:
    async with service_on(db, tmp_path, clock, entropy) as (svc, _):
        yield Door(svc, clock, await add_person(svc))
