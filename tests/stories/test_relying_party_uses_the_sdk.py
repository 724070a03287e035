"""The SDK before a running service: open, follow, verified receipt; in Python and in JavaScript; a lying service."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from authsvc.client import Answer, Client, Conversation, Refused, Untrusted
from authsvc.evidence.trust import print_trust
from authsvc.sandbox.transport import tls
from confirmations.errors import ReceiptRefused
from tests.conftest import NO_NODE
from tests.stories.standing import CHANGE, PAYMENT, Standing, signed_in
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MODULE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "authsvc.mjs"
LONGEST_S = 120
FOLLOW = """
import { readFileSync } from "node:fs";
const { Client } = await import(process.argv[2]);
const told = JSON.parse(readFileSync(0, "utf-8"));
const client = new Client(told.client);
const opened = await client.open(told.asked, told.key);
process.stdout.write(JSON.stringify({ id: opened.id, page: opened.page }) + "\\n");
const { outcome, reason, proven } = await client.follow(opened);
process.stdout.write(JSON.stringify({ outcome, reason, act: proven.statement.act }) + "\\n");
"""


@pytest.fixture
async def here(world: World) -> Standing:
    return await signed_in(world)


@pytest.fixture
async def client(here: Standing) -> AsyncIterator[Client]:
    known = here.world.people.clients["basic"]
    trust = print_trust(await here.world.trust())
    async with httpx2.AsyncClient(verify=tls()) as http:
        yield Client(here.world.issuer, known["client_id"], known["client_secret"], trust, http)


async def ask(client: Client, here: Standing, act: dict[str, Any] = CHANGE, **more: Any) -> Conversation:
    return await client.open(here.sub, act["act"], fields=act["fields"], text=act["text"], **more)


async def follow(client: Client, opened: Conversation) -> Answer:
    return await asyncio.wait_for(client.follow(opened), LONGEST_S)


async def test_a_confirmation_is_opened_followed_and_its_receipt_verified(here: Standing, client: Client) -> None:
    opened = await ask(client, here, PAYMENT)
    following = asyncio.create_task(follow(client, opened))
    await here.confirm({"id": opened.id, "page": opened.page})
    answer = await following
    assert answer.confirmed
    assert (answer.outcome, answer.receipt.statement.act) == ("confirmed", "payment")
    assert answer.receipt.disclosed["tries"] == 1
    assert "Подтверждено" in answer.receipt.words("ru")[0]


async def test_each_other_outcome_is_told_as_what_it_is(here: Standing, client: Client) -> None:
    opened = await ask(client, here)
    await here.decline({"id": opened.id, "page": opened.page})
    answer = await follow(client, opened)
    assert (answer.confirmed, answer.outcome, answer.reason) == (False, "declined", "declined")
    assert (await client.cancel(await ask(client, here))).outcome == "cancelled"


async def test_the_same_key_is_the_same_question(here: Standing, client: Client) -> None:
    first, second = [await ask(client, here, key="order-1147") for _ in range(2)]
    assert first.id == second.id
    with pytest.raises(Refused) as refused:
        await ask(client, here, PAYMENT, key="order-1147")
    assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")


async def test_a_no_of_the_service_says_why(here: Standing, client: Client) -> None:
    with pytest.raises(Refused) as refused:
        await client.open("nobody", "change", text=CHANGE["text"])
    assert (refused.value.status, refused.value.code) == (404, "not_found")
    wrong = Client(client.issuer, client.client_id, "wrong", client.trust, client.http)
    with pytest.raises(Refused) as refused:
        await ask(wrong, here)
    assert refused.value.code == "invalid_client"


async def test_a_service_that_lies_is_not_believed(here: Standing, client: Client) -> None:
    """It tells "confirmed" with the receipt of a refusal; it changes the statement; it is another log."""
    opened = await ask(client, here)
    await here.decline({"id": opened.id, "page": opened.page})

    def lying(request: httpx2.Request, said: dict[str, Any]) -> dict[str, Any]:
        return {**said, "outcome": "confirmed"} if "/v1/confirmations/" in request.url.path else said

    async with httpx2.AsyncClient(transport=Liar(lying)) as http:
        with pytest.raises(ReceiptRefused):
            await follow(Client(client.issuer, client.client_id, client.client_secret, client.trust, http), opened)

    def changing(request: httpx2.Request, said: dict[str, Any]) -> dict[str, Any]:
        return {**said, "statement": {**said["statement"], "text": {}}} if "statement" in said else said

    async with httpx2.AsyncClient(transport=Liar(changing)) as http:
        with pytest.raises(Untrusted):
            await ask(Client(client.issuer, client.client_id, client.client_secret, client.trust, http), here)
    told = {**json.loads(client.trust), "genesis": "0" * 64}
    stranger = Client(client.issuer, client.client_id, client.client_secret, json.dumps(told).encode(), client.http)
    with pytest.raises(Untrusted):
        await follow(stranger, opened)


class Liar(httpx2.AsyncBaseTransport):
    """Changes what the service said."""

    def __init__(self, change: Any) -> None:
        self._change = change
        self._way = httpx2.AsyncHTTPTransport(verify=tls())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._way.handle_async_request(request)
        body = await response.aread()
        if "json" in response.headers.get("content-type", "") and request.url.path.startswith("/v1/"):
            body = json.dumps(self._change(request, json.loads(body))).encode()
        kept = {"content-type": response.headers.get("content-type", "")}
        return httpx2.Response(response.status_code, headers=kept, content=body)

    async def aclose(self) -> None:
        await self._way.aclose()


async def test_the_es_module_does_the_same(here: Standing, client: Client) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip(NO_NODE)
    told = {
        "client": {
            "issuer": client.issuer,
            "clientId": client.client_id,
            "clientSecret": client.client_secret,
            "trust": client.trust.decode(),
        },
        "asked": {**PAYMENT, "subject": here.sub},
        "key": "from-node",
    }
    process = await asyncio.create_subprocess_exec(
        node,
        "--input-type=module",
        "-e",
        FOLLOW.replace("process.argv[2]", json.dumps(MODULE.as_uri())),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(json.dumps(told).encode())
    process.stdin.close()
    async with asyncio.timeout(LONGEST_S):
        first = await process.stdout.readline()
        if not first:
            raise AssertionError((await process.stderr.read()).decode())
        await here.confirm(json.loads(first))
        last, complaints = await process.stdout.readline(), await process.stderr.read()
        await process.wait()
    assert last, complaints.decode()
    assert json.loads(last) == {"outcome": "confirmed", "reason": "", "act": "payment"}
