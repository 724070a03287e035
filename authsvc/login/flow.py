"""A login under way, sealed into the browser's care (AES-256-GCM): nothing is kept here, so nothing can be filled up.

The seal is bound to the browser's cookie: the address of a running login opens no form in another browser, and a form
made for one browser is refused from any other. The sealed text has the same length whether the login name is known or
not and whether the password was right or wrong.
"""

from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from authsvc.clock import uuid7
from authsvc.factors import NOBODY, Judged
from authsvc.keys import SealBroken, b64url
from authsvc.login.decide import Demand
from authsvc.login.errors import FlowGone
from authsvc.service import Service
from confirmations.challenge import make_nonce
from confirmations.methods.password import PasswordChallenge

FLOW_MS = 30 * 60 * 1000
"""A login page stays good for half an hour; then the relying party's link begins a new one."""
MAX_FLOW = 12_000
"""Characters of a sealed flow: a request with the longest state allowed has about 6,000."""
_PURPOSE = "login-flow"


@dataclass(frozen=True, slots=True)
class Party:
    """Who sent the person to sign in; empty where they came by themselves. `name` is as shown.

    `sector` is that of its pairwise subjects (`authsvc.pairwise`), empty where it gets public ones.
    """

    client_id: str = ""
    name: str = ""
    record: str = "none"
    sector: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A password as judged on its page, told to nobody before the whole combination is judged."""

    account: str = NOBODY
    judged: Judged = field(default_factory=lambda: Judged(NOBODY, 0, NOBODY, None))
    right: bool = False
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Flow:
    """One login: the demand, what is answered so far, and what goes on afterwards (`luggage`, not read here)."""

    id: str
    nonce: str
    began: int
    demand: Demand
    party: Party
    luggage: str
    login: str = ""
    attempt: Attempt = field(default_factory=Attempt)
    answered: tuple[str, ...] = ()
    refused: bool = False

    @property
    def challenge(self) -> PasswordChallenge:
        """What is issued for the password page of this login."""
        return PasswordChallenge(self.id, self.nonce)

    def again(self) -> "Flow":
        """The same login from its first page, after a refusal."""
        return replace(self, attempt=Attempt(), answered=(), refused=True)


def begin(svc: Service, demand: Demand, party: Party, luggage: str, login: str = "") -> Flow:
    """A new login. `login` is a hint, shown in the form."""
    now = svc.clock.now()
    return Flow(uuid7(now, svc.entropy), make_nonce(svc.entropy), now, demand, party, luggage, login)


def seal_flow(svc: Service, flow: Flow, browser: str) -> str:
    """The flow as text for a form or an address, good in this browser alone."""
    plain = orjson.dumps(_to_json(flow))
    return b64url(svc.keys.seal(_PURPOSE, plain, browser.encode()))


def open_flow(svc: Service, text: str, browser: str | None) -> Flow:
    """The flow that this browser was given, while it is good. Raises FlowGone."""
    if browser is None or not 0 < len(text) <= MAX_FLOW:
        raise FlowGone
    try:
        sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        flow = _of_json(orjson.loads(svc.keys.unseal(_PURPOSE, sealed, browser.encode())))
    except (SealBroken, Base64Error, ValueError) as error:
        raise FlowGone from error
    if not flow.began <= svc.clock.now() < flow.began + FLOW_MS:
        raise FlowGone
    return flow


def _to_json(flow: Flow) -> Mapping[str, object]:
    """Numbers and flags of the attempt are written in a fixed width: a length must not tell who exists."""
    attempt, judged = flow.attempt, flow.attempt.judged
    return {
        "id": flow.id,
        "nonce": flow.nonce,
        "began": flow.began,
        "acr": flow.demand.acr_values,
        "essential": flow.demand.essential,
        "fresh": flow.demand.fresh_since,
        "sub": flow.demand.sub,
        "party": [flow.party.client_id, flow.party.name, flow.party.record, flow.party.sector],
        "luggage": flow.luggage,
        "login": flow.login,
        "attempt": [attempt.account, judged.factor, f"{judged.version:08d}", judged.record, str(int(attempt.right))],
        "answered_at": f"{attempt.answered:016d}",
        "answered": flow.answered,
        "refused": flow.refused,
    }


def _of_json(stored: Mapping[str, Any]) -> Flow:
    account, factor, version, record, right = stored["attempt"]
    return Flow(
        id=stored["id"],
        nonce=stored["nonce"],
        began=stored["began"],
        demand=Demand(tuple(stored["acr"]), stored["essential"], stored["fresh"], stored["sub"]),
        party=Party(*stored["party"]),
        luggage=stored["luggage"],
        login=stored["login"],
        attempt=Attempt(account, Judged(factor, int(version), record, None), right == "1", int(stored["answered_at"])),
        answered=tuple(stored["answered"]),
        refused=stored["refused"],
    )
