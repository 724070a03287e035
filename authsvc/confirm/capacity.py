"""Acting for a legal entity: who is asked, and the mandate and the group in the transaction of the answer.

Every answer of a group takes the group's row first and the mandate's after it, so answers at the same time wait for one
another and never for each other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from authsvc import mandates
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.errors import InvalidRequest
from authsvc.evidence import kinds
from authsvc.mandates import Capacity, Use
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import mandates as rows
from authsvc.store.mandates import GroupRow
from confirmations import Statement
from confirmations.errors import PolicyRefused
from confirmations.fields import Payment, read_field
from confirmations.state import Confirmed, Declined, Outcome
from confirmations.statement import Entity, Group


@dataclass(frozen=True, slots=True)
class Member:
    """One person who is asked: under which name the relying party hears of them, for whom they act, in which group."""

    person: Person
    subject: str
    entity: Entity | None = None
    group: Group | None = None
    named: bool = True
    """Whether the relying party named this person, and so has a way to show them a number."""

    def narrow(self, methods: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
        """Of these lists, those by which this person can answer: a push needs a number that somebody shows them."""
        return [each for each in methods if self.named or "push" not in each] or methods


@dataclass(frozen=True, slots=True)
class Asked:
    """Everybody who is asked, whom the relying party named first."""

    members: Sequence[Member]
    mandate: str = ""
    amount: int = 0

    def group_of(self, requests: Sequence[str]) -> GroupRow | None:
        """The group's row; None where one person suffices."""
        group = self.members[0].group
        if group is None:
            return None
        return GroupRow(group.id, self.mandate, self.amount, -1, group.k, group.n, " ".join(requests))


@dataclass(frozen=True, slots=True)
class Using:
    """What an answer takes of a mandate, alone or as one of a group."""

    use: Use
    group: str = ""

    async def is_over(self, tx: Tx) -> bool:
        """Whether the group has its outcome, so that no answer counts any more; its row is locked by this."""
        return bool(self.group) and (await rows.hold_group(tx, self.group)).outcome != ""

    async def take(self, tx: Tx, now: int) -> bool:
        """Count the sum, once for a group; False when the mandate does not stand now or has no room."""
        if self.group and (await rows.hold_group(tx, self.group)).confirmed > 0:
            return await rows.stands(tx, self.use.mandate, now)
        return await self.use.charge(tx, now)


@dataclass(frozen=True, slots=True)
class Advanced:
    """What a member's record says of its group."""

    slot: kinds.Group
    about: tuple[str, ...]


def read_bin(value: object) -> str:
    """The number of `on_behalf_of` ({"bin": …}); empty for none. InvalidRequest."""
    if value is None:
        return ""
    bin_ = value.get("bin") if isinstance(value, dict) and value.keys() == {"bin"} else None
    if not isinstance(bin_, str) or re.fullmatch(r"[0-9]{12}", bin_) is None:
        raise InvalidRequest('on_behalf_of: {"bin": 12 digits} is expected')
    return bin_


async def ask_capacity(svc: Service, person: Person, subject: str, bin_: object, asked: object, now: int) -> Asked:
    """Who is to be asked: the person alone, or all who hold the mandate where it takes several.

    PolicyRefused without a mandate that covers the act, or when fewer than needed can be asked here.
    """
    if not bin_:
        return Asked((Member(person, subject),))
    act, payment = _read_act(asked)
    capacity = await mandates.find_capacity(svc, person, str(bin_), act, payment)
    amount = payment.amount if payment else 0
    if capacity.mandate.k == 1:
        return Asked((Member(person, subject, _entity(capacity, capacity.record)),), capacity.mandate.id, amount)
    reached = await mandates.reachable(svc, capacity.mandate)
    if len(reached) < capacity.mandate.k:
        raise PolicyRefused("on_behalf_of", "fewer persons than the mandate needs can be asked here")
    group = Group(uuid7(now, svc.entropy), capacity.mandate.k, len(reached))
    others = [each for each in reached if each[0].id != person.id]
    members = [Member(person, subject, _entity(capacity, capacity.record), group)]
    members += [
        Member(other, f"{group.id}/{n}", _entity(capacity, record), group, named=False)
        for n, (other, record) in enumerate(others, 2)
    ]
    return Asked(members, capacity.mandate.id, amount)


async def use_for(svc: Service, statement: Statement) -> Using | None:
    """What an answer to this statement takes of a mandate; None for a person who acts for themselves."""
    entity = statement.on_behalf_of
    if entity is None:
        return None
    mandate = await rows.mandate_by_record(svc.store, entity.mandate)
    if mandate is None:
        raise PolicyRefused("on_behalf_of", "the mandate is not there any more")
    amount = statement.payment.amount if statement.payment else 0
    return Using(Use(mandate.id, amount, mandate.period), statement.group.id if statement.group else "")


async def advance_group(tx: Tx, statement: Statement, outcome: Outcome, record: str) -> Advanced | None:
    """Count a member's outcome in its group, and give back the sum when the group fails by it."""
    group = statement.group
    if group is None:
        return None
    if isinstance(outcome, Confirmed):
        before = await rows.hold_group(tx, group.id)
        mandate = await rows.mandate_of(tx, before.mandate)
        key = before.period_key
        if before.confirmed == 0 and mandate is not None:
            key = mandates.period_key(mandate.period, outcome.at)
        after = await rows.count_confirmed(tx, group.id, record, key)
        last = after is not None and after.outcome == "met"
        return Advanced(_slot(group, after if last else None), tuple(before.records.split()) if last else ())
    at_once = isinstance(outcome, Declined) and outcome.reason == "not_me"
    after = await rows.count_lost(tx, group.id, at_once=at_once)
    if after is not None and after.outcome == "failed" and after.confirmed > 0:
        await rows.release(tx, after.mandate, after.amount, after.period_key)
    failed = after is not None and after.outcome == "failed"
    return Advanced(_slot(group, after if failed else None), tuple(after.records.split()) if after and failed else ())


def _slot(group: Group, ended: GroupRow | None) -> kinds.Group:
    return kinds.Group(group.id, group.k, group.n, ended.outcome if ended else "")


def _entity(capacity: Capacity, record: str) -> Entity:
    return Entity(capacity.bin, capacity.entity, record)


def _read_act(asked: object) -> tuple[str, Payment | None]:
    act = asked.get("act") if isinstance(asked, dict) else None
    listed = asked.get("fields", []) if isinstance(asked, dict) else []
    if not isinstance(act, str) or not isinstance(listed, list):
        raise InvalidRequest("act: a text is expected")
    found = [read_field(one, f"fields[{place}]") for place, one in enumerate(listed)]
    return act, next((one for one in found if isinstance(one, Payment)), None)
