"""Production's way of a code: from the outbox through the operator's gateways to the person, with their faults."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from authsvc.gateways import HttpGateway
from tests.peers.web import Answer, WebServer
from tests.stories.standing import PAYMENT, signed_in
from tests.world import Seeded, World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def gateway(server: WebServer, name: str) -> HttpGateway:
    return HttpGateway(
        name=name, carries="sms", url=server.url, body={"to": "{to}", "text": "{text}", "ref": "{id}"}, seconds=60.0
    )


async def carried(world: World, view: dict[str, str]) -> None:
    await world.svc.courier.carried(view["id"])


async def test_the_second_gateway_brings_the_code_while_the_first_is_down_and_no_address_says_whose(
    seeded_sqlite: Seeded, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        down = await stack.enter_async_context(WebServer(always=Answer(503)).serving())
        up = await stack.enter_async_context(WebServer().serving())
        both = gateway(down, "first"), gateway(up, "second")
        async with seeded_sqlite.served(tmp_path, channels=both) as world:
            here = await signed_in(world)
            view = await here.ask(PAYMENT)
            await carried(world, view)
            [sms] = up.heard
            assert '"to":"+7701' in sms.body.decode()
            code = re.search(r"#(\d{8})\"", sms.body.decode())
            assert code
            await here.answer(view, code[1])
            assert (await here.read(view))["outcome"] == "confirmed"
            assert {heard.line for heard in (*up.heard, *down.heard)} == {"POST /in HTTP/1.1"}


async def test_a_number_that_is_refused_ends_the_request_and_the_relying_party_reads_why(
    seeded_sqlite: Seeded, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(WebServer(always=Answer(422)).serving())
        async with seeded_sqlite.served(tmp_path, channels=(gateway(server, "only"),)) as world:
            here = await signed_in(world)
            view = await here.ask(PAYMENT)
            await carried(world, view)
            now = await here.read(view)
            assert (now["outcome"], now["reason"]) == ("failed", "undeliverable")


async def test_one_slow_message_holds_up_nobody_elses(seeded_sqlite: Seeded, tmp_path: Path) -> None:
    server = WebServer(answers=[Answer(silent=True)])
    async with server.serving(), seeded_sqlite.served(tmp_path, channels=(gateway(server, "only"),)) as world:
        here = await signed_in(world)
        await here.ask(PAYMENT)
        await server.asked(1)
        second = await here.ask(PAYMENT)
        await carried(world, second)
        code = re.search(r"#(\d{8})\"", server.heard[-1].body.decode())
        assert code
        await here.answer(second, code[1])
        assert (await here.read(second))["outcome"] == "confirmed"
        server.released.set()
