"""Notices: sent, received and read are separate facts with their own records (law duties L18, L22)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from authsvc import accounts, cases, freezing, notices
from authsvc.cases import Case
from authsvc.errors import IdempotencyKeyReused, InvalidRequest, NotFound, TooManyAttempts
from authsvc.evidence.package_check import check
from authsvc.limits import Budget
from authsvc.notices import Sender, sending
from authsvc.notices.sending import DAY_MS
from authsvc.replay import ReplayKey
from authsvc.store import Tx, erasures, people
from authsvc.telling import Reader
from confirmations.errors import StatementRefused
from tests.authsvc.services import MULTI, Party, add_person

pytestmark = pytest.mark.anyio

NOTICE: dict[str, Any] = {
    "title": {"kk": "Шешім дайын", "ru": "Решение готово", "en": "Your decision is ready"},
    "text": {"kk": "Алуға болады.", "ru": "Можно получить.", "en": "You can get it."},
}


async def send(party: Party, key: str = "", **changes: Any) -> str:
    raw = orjson.dumps({**NOTICE, "subject": party.person.sub, **changes})
    asker = party.asker
    replay = ReplayKey.of(asker.client_id, key, "POST /v1/notices", raw)
    return await notices.send(party.svc, Sender(asker.client_id, asker.name, asker.record), raw, replay)


def reader(account: str, locale: str = "ru") -> Reader:
    return Reader(account, "none", MULTI, locale, "198.51.100.7", "Firefox")


async def facts(party: Party, notice: str) -> list[str]:
    row = await notices.read_as_party(party.svc, "shop", notice)
    return ["sent", *(step for step, _, _ in row.steps)]


async def slots(party: Party, record: str) -> dict[str, Any]:
    return {one.name: one.value for one in await party.svc.log.vault.disclosures(party.svc.store, record)}


async def test_sent_received_and_read_are_separate_records_and_none_implies_the_next(party: Party) -> None:
    notice = await send(party)
    assert await facts(party, notice) == ["sent"]
    await party.delivered()
    told = party.gateway.sent[-1].text
    assert f"/notices/{notice}" in told
    assert "Шешім" not in told
    assert await facts(party, notice) == ["sent"], "that a message arrived is no receipt of the notice"
    (line,) = await notices.receive_own(party.svc, reader(party.person.id))
    assert (line.title, line.sender) == ("Решение готово", "Магазин")
    assert await facts(party, notice) == ["sent", "received"]
    opened = await notices.open_own(party.svc, reader(party.person.id), notice)
    assert opened.text == "Можно получить."
    assert await facts(party, notice) == ["sent", "received", "opened"]
    await notices.acknowledge(party.svc, reader(party.person.id), notice)
    assert await facts(party, notice) == ["sent", "received", "opened", "acknowledged"]
    row = await notices.read_as_party(party.svc, "shop", notice)
    received, seen, said = [await slots(party, record) for _, _, record in row.steps]
    sent = await slots(party, notice)
    assert received["delivered"] == sent["delivered"] == seen["notice"] == said["notice"]
    assert (received["sender"], received["about"], received["delivery_time"] != "") == ("Магазин", [notice], True)
    assert (seen["locale"], seen["person_ip"], seen["shown"] != "") == ("ru", "198.51.100.7", True)


async def test_the_message_about_a_notice_ends_with_a_link_that_freezes_the_account(party: Party) -> None:
    await send(party)
    await party.delivered()
    told = party.gateway.sent[-1]
    assert "/notices/" in told.link
    before, token = told.text.rsplit("/freeze/", 1)
    assert told.link in before
    await freezing.by_link(party.svc, token)
    account = await people.account_by_id(party.svc.store, party.person.id)
    assert account is not None
    assert account.state == "frozen"


async def test_each_step_is_recorded_once_however_often_it_is_looked_at(party: Party) -> None:
    notice = await send(party)
    for _ in range(3):
        await notices.receive_own(party.svc, reader(party.person.id))
        await notices.open_own(party.svc, reader(party.person.id, "kk"), notice)
        await notices.acknowledge(party.svc, reader(party.person.id), notice)
    rows = await party.svc.store.all("select type from entry where type in ('delivery','notice_read')")
    assert sorted(row["type"] for row in rows) == ["delivery", "delivery", "notice_read", "notice_read"]


async def test_nobody_else_reads_a_notice_or_its_receipts(party: Party) -> None:
    notice = await send(party)
    stranger = await add_person(party.svc, 2)
    for read in (notices.open_own, notices.acknowledge):
        with pytest.raises(NotFound):
            await read(party.svc, reader(stranger.id), notice)
    assert await notices.receive_own(party.svc, reader(stranger.id)) == []
    with pytest.raises(NotFound):
        await notices.read_as_party(party.svc, "other", notice)
    with pytest.raises(NotFound):
        await send(party, subject=stranger.sub)
    assert await facts(party, notice) == ["sent"]


async def test_a_notice_that_is_none_is_refused_and_the_member_named(party: Party) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"title": {"ru": "Только по-русски"}},
        {"title": {**NOTICE["title"], "en": "two\nlines"}},
        {"text": "text"},
        {"subject": 7},
        {"html": "<b>"},
    )
    for changes in wrong:
        with pytest.raises(InvalidRequest):
            await send(party, **changes)
    for text in ("", "x" * 8_001, "a\u202eb"):
        with pytest.raises(StatementRefused):
            await send(party, text={**NOTICE["text"], "kk": text})
    assert await party.svc.store.all("select 1 as n from notice") == []


async def test_the_same_key_sends_once_and_a_sender_can_not_flood_a_person(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "OF_PAIR", Budget("notices", 3, DAY_MS))
    first = await send(party, "n1")
    assert await send(party, "n1") == first
    with pytest.raises(IdempotencyKeyReused):
        await send(party, "n1", text={**NOTICE["text"], "en": "Another."})
    for _ in range(2):
        await send(party)
    with pytest.raises(TooManyAttempts):
        await send(party)


async def test_an_erased_persons_notices_go_with_them(party: Party) -> None:
    await send(party)
    handle = await party.svc.log.vault.find(party.svc.store, party.person.subject)
    assert handle is not None

    async def erase(tx: Tx) -> None:
        await erasures.erase_subject(tx, handle, party.clock.now())

    await party.svc.store.transact(erase)
    accounts.forget_all()
    assert await party.svc.store.all("select 1 as n from notice") == []


async def test_a_package_over_the_notice_has_all_its_steps(party: Party) -> None:
    notice = await send(party)
    await notices.acknowledge(party.svc, reader(party.person.id), notice)
    package = await cases.export_case(party.svc, Case(acts=(notice,), recipient="сот", ground="ГПК, 73"))
    verdict = check(package, await cases.trust_of(party.svc), (), at=party.clock.now())
    assert verdict.code == "VALID"
    row = await notices.read_as_party(party.svc, "shop", notice)
    assert {notice, *(record for _, _, record in row.steps)} <= {each.id for each in verdict.records}
