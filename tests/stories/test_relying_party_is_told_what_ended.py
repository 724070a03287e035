"""A relying party registers a webhook and hears, signed, what became of its requests; what counts it then reads."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator

import pytest

from tests.peers.web import WebServer
from tests.stories.standing import PAYMENT, signed_in
from tests.test_docs_examples import DOCS, after, run
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def receiver() -> AsyncIterator[WebServer]:
    async with WebServer().serving() as server:
        yield server


async def test_the_bank_is_told_and_reads_the_receipt(world: World, receiver: WebServer) -> None:
    here = await signed_in(world)
    asked = {"url": receiver.url, "events": ["confirmation.*"]}
    registered = await here.bank.call("POST", "/v1/webhooks", asked, key="once")
    assert registered.status_code == 201, registered.text
    endpoint = registered.json()
    assert (await here.bank.call("POST", "/v1/webhooks", asked, key="once")).json() == endpoint

    view = await here.confirm(await here.ask(PAYMENT))
    await receiver.asked(1)
    [heard] = receiver.heard
    verify = run(after(DOCS / "webhooks.md", "verify"))["verify"]
    event = verify(endpoint["secret"], heard.headers, heard.body, now=world.clock.now() // 1000)
    assert event["data"] == {"id": view["id"], "outcome": "confirmed", "reason": "", "record": view["record"]}
    now = await here.bank.call("GET", f"/v1/confirmations/{event['data']['id']}")
    assert now.json()["receipt"]

    for tampered in (
        {**heard.headers, "webhook-id": "other"},
        {**heard.headers, "webhook-timestamp": str(int(heard.headers["webhook-timestamp"]) + 1)},
        {
            **heard.headers,
            "webhook-signature": "v1," + base64.b64encode(b"x" * 32).decode(),
        },
    ):
        with pytest.raises(ValueError, match="signature"):
            verify(endpoint["secret"], tampered, heard.body, now=world.clock.now() // 1000)
    with pytest.raises(ValueError, match="old"):
        verify(endpoint["secret"], heard.headers, heard.body, now=world.clock.now() // 1000 + 600)

    listed = (await here.bank.call("GET", "/v1/webhooks")).json()["endpoints"]
    assert [each["id"] for each in listed] == [endpoint["id"]]
    assert "secret" not in listed[0]
    place = f"/v1/webhooks/{endpoint['id']}"
    went = (await here.bank.call("GET", f"{place}/deliveries")).json()["deliveries"]
    assert went[0]["body"] == json.loads(heard.body)
    again = await here.bank.call("POST", f"{place}/replay", {"deliveries": [went[0]["id"]]})
    assert (again.status_code, again.json()) == (202, {"replayed": 1})
    await receiver.asked(2)
    assert receiver.heard[1].headers["webhook-id"] == heard.headers["webhook-id"]


async def test_only_the_relying_party_itself_registers_and_each_refusal_names_its_rule(
    world: World, receiver: WebServer
) -> None:
    here = await signed_in(world)
    asked = {"url": receiver.url, "events": ["confirmation.*"]}
    assert (await world.http().post("/v1/webhooks", json=asked)).status_code == 401
    endpoint = (await here.bank.call("POST", "/v1/webhooks", asked)).json()
    other = world.bookkeeper()
    place = f"/v1/webhooks/{endpoint['id']}"
    for method, path, body in (
        ("POST", f"{place}/rotate", None),
        ("GET", f"{place}/deliveries", None),
        ("POST", f"{place}/replay", {"deliveries": []}),
        ("DELETE", place, None),
        ("DELETE", "/v1/webhooks/nothing", None),
    ):
        assert (await other.call(method, path, body)).status_code == 404
    for body, words in (
        ({"url": "http://bank.example/", "events": ["confirmation.*"]}, "only https"),
        ({"url": receiver.url, "events": ["login.*"]}, "known are"),
        ({"url": receiver.url, "events": ["confirmation.*"], "x": 1}, "unknown member: x"),
        ([], "a JSON object"),
    ):
        refused = await here.bank.call("POST", "/v1/webhooks", body)
        assert refused.status_code == 400
        assert words in refused.json()["detail"]
    for body in ({}, {"since": "yesterday"}, {"deliveries": "x"}, {"deliveries": [], "since": "x"}):
        assert (await here.bank.call("POST", f"{place}/replay", body)).status_code == 400
    assert (await here.bank.call("GET", f"{place}/deliveries?state=lost")).status_code == 400
    rotated = (await here.bank.call("POST", f"{place}/rotate")).json()
    assert rotated["secret"] != endpoint["secret"]
    assert (await here.bank.call("DELETE", place)).status_code == 204
    assert (await here.bank.call("GET", "/v1/webhooks")).json() == {"endpoints": []}
