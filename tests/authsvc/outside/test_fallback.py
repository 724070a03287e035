"""Several gateways of one channel: order, quotas, rest, and what ends the search."""

import asyncio
from dataclasses import dataclass

import pytest

from authsvc.clock import HandClock
from authsvc.gateways import HttpGateway
from authsvc.outside import Accepted, Message, Permanent, Temporary, Unusable, Verdict
from authsvc.outside.fallback import Fallback

pytestmark = pytest.mark.anyio

MESSAGE = Message("sms", "+77010000001", "text", "r1")


@dataclass
class Said:
    """A gateway that says what it is told to, the last of it for ever."""

    verdicts: list[Verdict | Unusable]
    asked: int = 0
    closed: bool = False

    async def send(self, message: Message) -> Verdict | Unusable:
        self.asked += 1
        return self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]

    async def probe(self) -> str:
        return ""

    async def close(self) -> None:
        self.closed = True


def known(name: str, **changes: int) -> HttpGateway:
    return HttpGateway(name=name, carries="sms", url="https://gw.example/", body={}, **changes)  # type: ignore[arg-type]


def channel(clock: HandClock, *carriers: Said, **changes: int) -> Fallback:
    return Fallback(
        [(known(f"g{at}", **(changes if at == 0 else {})), each) for at, each in enumerate(carriers)], clock
    )


@pytest.mark.parametrize("verdict", [Temporary(1, "x"), Unusable("certificate")])
async def test_the_next_gateway_takes_what_the_first_can_not(clock: HandClock, verdict: Verdict | Unusable) -> None:
    first, second = Said([verdict]), Said([Accepted("2")])
    assert await channel(clock, first, second).send(MESSAGE) == Accepted("2")


async def test_a_refused_address_is_not_tried_elsewhere(clock: HandClock) -> None:
    first, second = Said([Permanent("address_refused")]), Said([Accepted("2")])
    assert await channel(clock, first, second).send(MESSAGE) == Permanent("address_refused")
    assert second.asked == 0


async def test_when_nobody_can_it_is_tried_again_after_the_shortest_pause(clock: HandClock) -> None:
    both = channel(clock, Said([Temporary(60_000, "x")]), Said([Temporary(20_000, "y")]))
    assert await both.send(MESSAGE) == Temporary(20_000, "no_gateway")


async def test_a_gateway_that_is_unusable_is_never_a_verdict_about_the_message(clock: HandClock) -> None:
    assert isinstance(await channel(clock, Said([Unusable("http_401")])).send(MESSAGE), Temporary)


async def test_a_gateway_that_failed_three_times_rests_and_comes_back(clock: HandClock) -> None:
    first, second = Said([Temporary(1, "x")]), Said([Accepted("2")])
    both = channel(clock, first, second)
    for _ in range(5):
        await both.send(MESSAGE)
    assert first.asked == 3
    clock.move(30_000)
    first.verdicts = [Accepted("1")]
    assert await both.send(MESSAGE) == Accepted("1")
    assert second.asked == 5


async def test_a_quota_sends_the_rest_to_the_next_gateway(clock: HandClock) -> None:
    first, second = Said([Accepted("1")]), Said([Accepted("2")])
    both = channel(clock, first, second, a_minute=2)
    assert [await both.send(MESSAGE) for _ in range(3)] == [Accepted("1"), Accepted("1"), Accepted("2")]
    clock.move(60_000)
    assert await both.send(MESSAGE) == Accepted("1")


async def test_a_spent_quota_without_another_gateway_says_when_there_is_room(clock: HandClock) -> None:
    only = channel(clock, Said([Accepted("1")]), a_day=1)
    await only.send(MESSAGE)
    clock.move(3600_000)
    assert await only.send(MESSAGE) == Temporary(23 * 3600_000, "no_gateway")


async def test_a_quota_holds_when_messages_come_at_once(clock: HandClock) -> None:
    first, second = Said([Accepted("1")]), Said([Accepted("2")])
    both = channel(clock, first, second, a_minute=4)
    await asyncio.gather(*(both.send(MESSAGE) for _ in range(16)))
    assert (first.asked, second.asked) == (4, 12)
    await both.close()
    assert first.closed
    assert second.closed
