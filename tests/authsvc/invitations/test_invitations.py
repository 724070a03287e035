"""Invitations on both databases: used once together with the enrolment, and lost by no mistake."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from authsvc import accounts, invitations, staff
from authsvc.clock import HandClock
from authsvc.errors import Conflict, IdempotencyKeyReused, InvalidRequest, NotFound, TooManyAttempts
from authsvc.invitations import Inviter
from authsvc.replay import ReplayKey
from authsvc.store import Store
from confirmations.errors import PasswordRefused, WrongAnswer
from confirmations.methods import totp
from tests.authsvc.services import Gateway, Service, add_person, add_relying_party, service_on

pytestmark = pytest.mark.anyio

on_sqlite = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
PASSWORD = "ақ бота төрт түлік мал"
BODY = {"iin": "990101300123", "name": "Әлия Нұрланқызы", "locale": "kk", "address": "+77010000099"}
INVITER = Inviter("shop", {"kk": "Дүкен", "ru": "Магазин", "en": "Shop"}, "none")


@pytest.fixture
async def desk(
    db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> AsyncIterator[tuple[Service, Gateway]]:
    async with service_on(db, tmp_path, clock, entropy) as (svc, gateway):
        await add_relying_party(svc)
        yield svc, gateway


def key(text: str = "", body: bytes = b"") -> ReplayKey:
    return ReplayKey.of("shop", text, "POST /v1/invitations", body)


async def invited(svc: Service, gateway: Gateway, **changes: str) -> str:
    """The token that came to the phone."""
    await invitations.invite(svc, INVITER, {**BODY, **changes}, key())
    await svc.courier.carried()
    return gateway.sent[-1].link.rsplit("/", 1)[1]


def code(svc: Service, token: str, ticket: str) -> str:
    from base64 import b32decode

    return totp.code_at(b32decode(invitations.begin(svc, token, ticket).seed), svc.clock.now())


async def accept(svc: Service, token: str, login: str = "aliya", password: str = PASSWORD, typed: str = "") -> str:
    ticket = invitations.begin(svc, token).ticket
    return await invitations.accept(svc, token, ticket, login, password, typed or code(svc, token, ticket))


async def test_who_is_invited_enrols_once_and_the_records_say_on_whose_word(desk: tuple[Service, Gateway]) -> None:
    svc, gateway = desk
    token = await invited(svc, gateway)
    assert gateway.sent[-1].address == BODY["address"]
    assert "Дүкен" in gateway.sent[-1].text
    assert token not in str([tuple(row) for row in await svc.store.all("select * from invitation")])
    account = await accept(svc, token)
    person = await accounts.person_by_login(svc, "aliya")
    assert person is not None
    assert (person.id, person.subject, person.name) == (account, "iin:990101300123", BODY["name"])
    rows = await svc.store.all("select record_id from entry where type = 'credential'")
    for row in rows:
        told = {one.name: one.value for one in await svc.log.vault.disclosures(svc.store, row["record_id"])}
        assert told["vouched_by"] == "shop"
        assert "identified the person" in told["credential_ground"]
    with pytest.raises(NotFound):
        await accept(svc, token, "aliya2")
    [left] = await svc.store.all("select sealed from invitation")
    assert bytes(left["sealed"]) == b""


async def test_attack_a_link_used_sixteen_times_at_once_enrols_one(desk: tuple[Service, Gateway]) -> None:
    svc, gateway = desk
    token = await invited(svc, gateway)
    made = await asyncio.gather(*(accept(svc, token, f"aliya{at}") for at in range(16)), return_exceptions=True)
    assert sum(isinstance(each, str) for each in made) == 1
    assert all(isinstance(each, str | Conflict | NotFound) for each in made)


async def test_a_mistake_leaves_the_link_as_it_was(desk: tuple[Service, Gateway]) -> None:
    svc, gateway = desk
    await add_person(svc)
    token = await invited(svc, gateway)
    for refused, changes in (
        (WrongAnswer, {"typed": "000000"}),
        (PasswordRefused, {"password": "short"}),
        (Conflict, {"login": "aigul1"}),
        (InvalidRequest, {"login": "  "}),
    ):
        with pytest.raises(refused):
            await accept(svc, token, **changes)
    assert await accept(svc, token)


@on_sqlite
async def test_the_code_of_the_enrolment_opens_nothing_again(desk: tuple[Service, Gateway]) -> None:
    svc, gateway = desk
    account = await accept(svc, await invited(svc, gateway))
    rows = await svc.store.all("select last_step from factor where account = $1 and method = 'totp'", account)
    assert [row["last_step"] for row in rows] == [svc.clock.now() // totp.STEP]


@on_sqlite
async def test_a_person_who_has_an_account_is_invited_like_anybody_and_gets_no_second_one(
    desk: tuple[Service, Gateway],
) -> None:
    svc, gateway = desk
    person = await add_person(svc)
    token = await invited(svc, gateway, iin=person.subject.removeprefix("iin:"))
    with pytest.raises(Conflict):
        await accept(svc, token)


@on_sqlite
async def test_a_link_ends_after_its_time_and_is_forgotten(desk: tuple[Service, Gateway], clock: HandClock) -> None:
    svc, gateway = desk
    name = await invitations.invite(svc, INVITER, BODY, key())
    await svc.courier.carried()
    token = gateway.sent[-1].link.rsplit("/", 1)[1]
    assert (await invitations.state_of(svc, "shop", name))[0] == "open"
    clock.move(7 * 24 * 3600_000)
    with pytest.raises(NotFound):
        await invitations.find(svc, token)
    assert (await invitations.state_of(svc, "shop", name))[0] == "over"
    clock.move(31 * 24 * 3600_000)
    await invitations.prune(svc)
    with pytest.raises(NotFound):
        await invitations.state_of(svc, "shop", name)


@on_sqlite
async def test_another_relying_party_learns_nothing(desk: tuple[Service, Gateway]) -> None:
    svc, _ = desk
    name = await invitations.invite(svc, INVITER, BODY, key())
    with pytest.raises(NotFound):
        await invitations.state_of(svc, "other", name)


@on_sqlite
async def test_the_same_key_is_the_same_invitation_and_sends_nothing_again(desk: tuple[Service, Gateway]) -> None:
    svc, gateway = desk
    first = await invitations.invite(svc, INVITER, BODY, key("k1"))
    assert await invitations.invite(svc, INVITER, BODY, key("k1")) == first
    await svc.courier.carried()
    assert len(gateway.sent) == 1
    with pytest.raises(IdempotencyKeyReused):
        await invitations.invite(svc, INVITER, BODY, key("k1", b"other"))


@on_sqlite
async def test_attack_an_address_is_no_target_for_noise(desk: tuple[Service, Gateway]) -> None:
    svc, _ = desk
    for _ in range(svc.settings.sends_an_hour):
        await invitations.invite(svc, INVITER, BODY, key())
    with pytest.raises(TooManyAttempts):
        await invitations.invite(svc, INVITER, BODY, key())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iin": "99010130012"}, "iin: 12 digits"),
        ({"iin": "٩90101300123"}, "iin: 12 digits"),
        ({"name": ""}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"locale": "de"}, "locale"),
        ({"address": "87010000099"}, "address"),
        ({"address": "a@b"}, "address"),
        ({"address": "a@b.kz\nBcc: c@d.kz"}, "address"),
        ({"role": "auditor"}, "unknown member: role"),
        ({"iin": 990101300123}, "texts"),
    ],
)
async def test_what_is_wrong_is_named_and_never_quoted(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        invitations.read_invited({**BODY, **changes}, "ground")
    assert words in refused.value.message
    assert "990101" not in refused.value.message


async def test_the_operator_invites_the_first_two_members_of_staff_and_nobody_after(
    desk: tuple[Service, Gateway],
) -> None:
    svc, gateway = desk
    for at, role in enumerate(("operator", "enroller")):
        link = await invitations.bootstrap(svc, {**BODY, "iin": f"99010130012{at}"}, role, "Order No. 1")
        account = await accept(svc, link.rsplit("/", 1)[1], f"first{at}")
        assert await staff.roles_of(svc, account) == {role}
    assert gateway.sent == []
    with pytest.raises(Conflict):
        await invitations.bootstrap(svc, BODY, "auditor", "Order No. 2")
    for role, ground in (("king", "x"), ("auditor", "")):
        with pytest.raises(InvalidRequest):
            await invitations.bootstrap(svc, BODY, role, ground)
