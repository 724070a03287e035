"""Events to relying parties (Standard Webhooks 1.0.0) against a real receiver on loopback, with its faults."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging

import pytest

from authsvc import confirm, webhooks
from authsvc.errors import Conflict, IdempotencyKeyReused, InvalidRequest, NotFound
from authsvc.outside.guard import Guard
from authsvc.replay import ReplayKey
from authsvc.webhooks import Endpoint
from authsvc.webhooks.delivering import PAUSES_MS
from tests.authsvc.services import Party, add_relying_party
from tests.peers.web import Answer, Heard, WebServer

pytestmark = pytest.mark.anyio

SHOP = "shop"
on_sqlite = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
"""What has no SQL of its own in it runs on one database."""
ALL = webhooks.read_events(["confirmation.*"])


def key(text: str = "", body: bytes = b"") -> ReplayKey:
    return ReplayKey.of(SHOP, text, "POST /v1/webhooks", body)


async def registered(party: Party, server: WebServer, *events: str) -> Endpoint:
    return await webhooks.register(party.svc, SHOP, server.url, events or ALL, key())


async def delivered(party: Party) -> int:
    started = await webhooks.deliver(party.svc)
    await party.svc.hooks.idle()
    return started


async def declined(party: Party) -> str:
    request_id = await party.asked_and_delivered()
    await confirm.decline(party.svc, party.answerer, request_id, "declined", "ru")
    return request_id


def holds(secret: str, heard: Heard) -> bool:
    """Verify as a receiver would, by the specification's own words."""
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    signed = ".".join((heard.headers["webhook-id"], heard.headers["webhook-timestamp"], heard.body.decode()))
    own = base64.b64encode(hmac.new(raw, signed.encode(), hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(each, f"v1,{own}") for each in heard.headers["webhook-signature"].split(" "))


@on_sqlite
async def test_an_ended_confirmation_is_told_signed_and_says_nothing_of_the_person(
    party: Party, receiver: WebServer
) -> None:
    endpoint = await registered(party, receiver)
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    assert await delivered(party) == 1
    [heard] = receiver.heard
    assert holds(endpoint.told, heard)
    assert heard.headers["content-type"] == "application/json"
    told = json.loads(heard.body)
    assert told["type"] == "confirmation.confirmed"
    view = await confirm.read(party.svc, SHOP, request_id)
    assert told["data"] == {"id": request_id, "outcome": "confirmed", "reason": "", "record": view.record}
    for personal in (party.person.name, party.person.address, party.person.sub, party.person.login, "Жібек"):
        assert personal not in heard.body.decode()


async def test_every_outcome_is_an_event_and_only_what_was_asked_for_is_told(party: Party, receiver: WebServer) -> None:
    await registered(party, receiver, "confirmation.declined", "confirmation.cancelled")
    await declined(party)
    await confirm.cancel(party.svc, SHOP, await party.asked_and_delivered())
    await party.asked_and_delivered(lifetime=120)
    party.clock.move(120_000)
    assert await confirm.end_overdue(party.svc) == 1
    await delivered(party)
    kinds = [json.loads(heard.body)["type"] for heard in receiver.heard]
    assert sorted(kinds) == ["confirmation.cancelled", "confirmation.declined"]


async def test_an_event_and_its_act_are_one_transaction(party: Party, receiver: WebServer) -> None:
    await registered(party, receiver)
    request_id = await party.asked_and_delivered()
    answers = (confirm.decline(party.svc, party.answerer, request_id, "declined", "ru") for _ in range(8))
    results = await asyncio.gather(*answers, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    await delivered(party)
    assert len(receiver.heard) == 1


@pytest.mark.parametrize("answer", [Answer(500), Answer(404), Answer(302), Answer(200, b"x" * 9_000), Answer(cut=5)])
@on_sqlite
async def test_an_event_that_is_not_taken_is_tried_again_under_the_same_name_and_a_new_time(
    party: Party, receiver: WebServer, answer: Answer
) -> None:
    endpoint = await registered(party, receiver)
    receiver.answers = [answer]
    await declined(party)
    await delivered(party)
    assert await delivered(party) == 0
    party.clock.move(PAUSES_MS[0])
    assert await delivered(party) == 1
    first, second = receiver.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert holds(endpoint.told, second)
    [row] = await webhooks.deliveries(party.svc, SHOP, endpoint.row.id)
    assert (row.state, row.attempts) == ("delivered", 2)


async def test_after_two_days_of_failures_it_is_a_dead_letter_that_can_be_replayed(
    party: Party, receiver: WebServer
) -> None:
    endpoint = await registered(party, receiver)
    receiver.always = Answer(503)
    await declined(party)
    for pause in (*PAUSES_MS, 0):
        assert await delivered(party) == 1
        party.clock.move(pause)
    party.clock.move(10 * PAUSES_MS[-1])
    assert await delivered(party) == 0
    [dead] = await webhooks.deliveries(party.svc, SHOP, endpoint.row.id, "dead")
    assert (dead.attempts, dead.reason) == (len(PAUSES_MS) + 1, "http_503")
    receiver.always = Answer(200)
    assert await webhooks.replay(party.svc, SHOP, endpoint.row.id, [dead.id]) == 1
    await delivered(party)
    assert await webhooks.deliveries(party.svc, SHOP, endpoint.row.id, "dead") == []
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 1


async def test_dead_letters_since_a_time_are_replayed_and_others_are_not(party: Party, receiver: WebServer) -> None:
    endpoint = await registered(party, receiver)
    receiver.always = Answer(410)
    await declined(party)
    await delivered(party)
    assert await webhooks.replay_since(party.svc, SHOP, endpoint.row.id, party.clock.now() + 1) == 0
    assert await webhooks.replay_since(party.svc, SHOP, endpoint.row.id, party.clock.now() - 1) == 1


@on_sqlite
async def test_a_receiver_that_is_gone_hears_nothing_more_until_its_secret_is_changed(
    party: Party, receiver: WebServer
) -> None:
    endpoint = await registered(party, receiver)
    receiver.answers = [Answer(410)]
    await declined(party)
    await delivered(party)
    await declined(party)
    assert await delivered(party) == 0
    await webhooks.rotate(party.svc, SHOP, endpoint.row.id)
    await declined(party)
    assert await delivered(party) == 1


@on_sqlite
async def test_a_changed_secret_signs_beside_the_one_before_for_a_day(party: Party, receiver: WebServer) -> None:
    before = await registered(party, receiver)
    after = await webhooks.rotate(party.svc, SHOP, before.row.id)
    await declined(party)
    await delivered(party)
    party.clock.move(24 * 3600_000)
    await declined(party)
    await delivered(party)
    assert [holds(before.told, heard) for heard in receiver.heard] == [True, False]
    assert [holds(after.told, heard) for heard in receiver.heard] == [True, True]


@on_sqlite
async def test_a_slow_receiver_holds_up_nobody_else(party: Party, receiver: WebServer) -> None:
    async with WebServer(always=Answer(silent=True)).serving() as slow:
        await registered(party, slow)
        await registered(party, receiver)
        await declined(party)
        await webhooks.deliver(party.svc)
        await slow.asked(1)
        await receiver.asked(1)
        assert party.svc.hooks.under_way >= 1
        slow.released.set()
        await party.svc.hooks.idle()


@on_sqlite
async def test_the_endpoint_of_another_is_not_there_and_hears_nothing(party: Party, receiver: WebServer) -> None:
    endpoint = await registered(party, receiver)
    await add_relying_party(party.svc, "other")
    assert await webhooks.endpoints(party.svc, "other") == []
    for call in (
        webhooks.rotate(party.svc, "other", endpoint.row.id),
        webhooks.remove(party.svc, "other", endpoint.row.id),
        webhooks.deliveries(party.svc, "other", endpoint.row.id),
        webhooks.replay(party.svc, "other", endpoint.row.id, []),
        webhooks.replay_since(party.svc, "other", endpoint.row.id, 0),
    ):
        with pytest.raises(NotFound):
            await call
    async with WebServer().serving() as theirs:
        await webhooks.register(party.svc, "other", theirs.url, ALL, ReplayKey.of("other", "", "", b""))
        await declined(party)
        await delivered(party)
        assert (len(receiver.heard), len(theirs.heard)) == (1, 0)


async def test_a_removed_endpoint_hears_nothing_not_even_what_waited(party: Party, receiver: WebServer) -> None:
    endpoint = await registered(party, receiver)
    request_id = await party.asked_and_delivered()
    await declined(party)
    await webhooks.remove(party.svc, SHOP, endpoint.row.id)
    await confirm.decline(party.svc, party.answerer, request_id, "declined", "ru")
    assert await delivered(party) == 0
    assert receiver.heard == []


@on_sqlite
async def test_a_replayed_registration_is_the_same_endpoint(party: Party, receiver: WebServer) -> None:
    first = await webhooks.register(party.svc, SHOP, receiver.url, ALL, key("k1"))
    again = await webhooks.register(party.svc, SHOP, receiver.url, ALL, key("k1"))
    assert (again.row.id, again.told) == (first.row.id, first.told)
    with pytest.raises(IdempotencyKeyReused):
        await webhooks.register(party.svc, SHOP, receiver.url, ALL, key("k1", b"other"))


URLS = [
    "http://bank.example/hook",
    "https://10.0.0.1/hook",
    "https://169.254.169.254/latest",
    "https://[::1]/hook",
    "https://localhost/hook",
    "https://0x7f000001/hook",
    "https://user:pw@bank.example/hook",
    "https://bank.example/a b",
    "https://bank.example/#x",
    "https://" + "a" * 3_000,
    "ftp://bank.example/",
    "javascript:alert(1)",
    "",
    None,
    7,
]


@on_sqlite
async def test_an_address_that_strangers_may_not_have_us_call_is_refused(party: Party) -> None:
    party.svc.hooks._guard = Guard()
    for url in URLS:
        with pytest.raises(InvalidRequest):
            await webhooks.register(party.svc, SHOP, url, ALL, key())


@on_sqlite
async def test_an_address_that_turned_private_is_not_called(party: Party, receiver: WebServer) -> None:
    await registered(party, receiver)
    await declined(party)
    party.svc.hooks._guard = Guard()
    await delivered(party)
    assert receiver.heard == []


@on_sqlite
async def test_a_client_has_ten_endpoints_at_most(party: Party, receiver: WebServer) -> None:
    for _ in range(10):
        await registered(party, receiver)
    with pytest.raises(Conflict):
        await registered(party, receiver)
    assert len(await webhooks.endpoints(party.svc, SHOP)) == 10


@pytest.mark.parametrize("events", [[], "confirmation.*", ["confirmation"], ["*"], ["login.*"], [1], None])
async def test_events_that_nobody_has_are_refused(events: object) -> None:
    with pytest.raises(InvalidRequest):
        webhooks.read_events(events)


async def test_old_events_are_forgotten(party: Party, receiver: WebServer) -> None:
    endpoint = await registered(party, receiver)
    await declined(party)
    await delivered(party)
    party.clock.move(31 * 24 * 3600_000)
    await webhooks.prune(party.svc)
    assert await webhooks.deliveries(party.svc, SHOP, endpoint.row.id) == []


@on_sqlite
async def test_neither_address_nor_secret_is_kept_or_logged_in_the_clear(
    party: Party, receiver: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="authsvc")
    endpoint = await webhooks.register(party.svc, SHOP, receiver.url + "?token=t0ken", ALL, key())
    receiver.always = Answer(500)
    await declined(party)
    await delivered(party)
    [row] = await party.svc.store.all("select * from webhook_endpoint")
    for secret in (b"t0ken", endpoint.secret, endpoint.told.encode()):
        assert secret not in b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("authsvc"))
    assert "http_500" in told
    assert "t0ken" not in told
    assert "127.0.0.1" not in told
