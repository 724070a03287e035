"""Signing in by EDS: a signed challenge, and the password where several factors are asked for, on one page.

A signature is one factor and may be had by phishing: the level stays below high, and alone it is `acr` single, with
which nothing is enrolled, recovered or granted.
"""

from dataclasses import replace

from authsvc import accounts, eds, factors
from authsvc.accounts import Person
from authsvc.factors import NOBODY, Judged
from authsvc.login import budgets
from authsvc.login.answers import Proven, Seen, SignedIn, accept
from authsvc.login.decide import EDS, Ask, missing_by_eds, next_step, wanted_of
from authsvc.login.errors import FlowGone, LoginRefused
from authsvc.login.flow import FLOW_MS, Flow
from authsvc.login.refusals import note_refused
from authsvc.login.sessions import Session
from authsvc.service import Service
from authsvc.store import people
from authsvc.store.people import FactorRow
from confirmations.challenge import Accepted


def challenge_of(svc: Service, flow: Flow) -> eds.Challenge:
    """What is signed on the page of this login: the same each time, with the login's own id and nonce."""
    party = flow.party.name or svc.settings.organisation
    return eds.Challenge(eds.LOGIN, flow.id, flow.nonce, svc.settings.issuer, party, flow.began)


async def answer_eds(
    svc: Service, flow: Flow, signed: bytes, password: str, seen: Seen, session: Session | None
) -> SignedIn:
    """Take the signed challenge and, where it is asked for, the password; judged as a whole.

    EdsRefused tells what is wrong with the file alone. Whether its certificate is known here, and whether the password
    was right, is one answer. Raises LoginRefused, TooManyAttempts, Overloaded, Suspended, ReadOnly, FlowGone.
    """
    standing = session.standing if session else None
    if not isinstance(next_step(flow.demand, standing, flow.answered), Ask):
        raise FlowGone
    missing = missing_by_eds(flow.demand, standing)
    for method in missing:
        svc.switches.demand("method", method)
    await budgets.spend_eds(svc, seen.ip)
    challenge = challenge_of(svc, flow).canonical()
    holder = await eds.judge_signed(svc, challenge, signed)
    row = await people.factor_by_lookup(svc.store, eds.lookup_of(holder.certificate))
    person = await _person_of(svc, row, holder)
    await budgets.spend_pair(svc, person.login if person else holder.certificate, seen.ip)
    judged = [_judge(row, holder, challenge)] if row else []
    right = person is not None and flow.demand.sub in (None, person.sub)
    if "password" in missing:
        known, verified = await _judge_password(svc, flow, person, password)
        judged, right = [*judged, known], right and verified
    leans = session if len(missing) < len(EDS[wanted_of(flow.demand)]) else None
    if leans is not None and person is not None and leans.account != person.id:
        right = False  # what the session proves is of somebody else
    if not right or person is None or not await svc.ephemeral.add(f"eds:{flow.id}", FLOW_MS):
        await note_refused(svc, person.id if person else None, flow.id)
        raise LoginRefused
    signed_in = await accept(svc, Proven(replace(flow, answered=missing), person, judged, seen, session, leans))
    await budgets.forgive_pair(svc, person.login, seen.ip)
    return signed_in


async def _person_of(svc: Service, row: FactorRow | None, holder: eds.Holder) -> Person | None:
    """Whom the certificate signs in: it is enrolled and active, and names the person of its account."""
    if row is None or row.state != "active":
        return None
    person = await accounts.person_by_id(svc, row.account)
    return person if person is not None and person.subject == f"iin:{holder.iin}" else None


def _judge(row: FactorRow, holder: eds.Holder, challenge: bytes) -> Judged:
    evidence = eds.write_evidence(holder, row.id, challenge)
    return Judged(row.id, row.version, row.record_id, Accepted(eds.METHOD, evidence))


async def _judge_password(svc: Service, flow: Flow, person: Person | None, password: str) -> tuple[Judged, bool]:
    """The password of whom the certificate names; a hash of nothing for nobody, at the same price."""
    enrolled = await factors.factors_by_method(svc.store, person.id if person else NOBODY)
    judged, right = await factors.judge_password(svc, enrolled.get("password"), flow.challenge, password)
    return (factors.recall_password(judged, flow.challenge, svc.clock.now()), True) if right else (judged, False)
