"""A login sealed into the browser's care: bound, timed, and of one length whoever tries."""

import pytest

from authsvc.login.decide import Demand
from authsvc.login.errors import FlowGone
from authsvc.login.flow import FLOW_MS, Flow, Party, begin, open_flow, seal_flow
from tests.authsvc.login.conftest import Door

pytestmark = pytest.mark.anyio

BROWSER = "b" * 43


def flow_of(door: Door) -> Flow:
    demand = Demand(("urn:a",), essential=True, fresh_since=7, sub="anna")
    return begin(door.svc, demand, Party("shop", "Магазин", "none"), '{"kind":"oauth"}', "aigul1")


async def test_a_flow_comes_back_as_it_was_sealed(door: Door) -> None:
    flow = flow_of(door)
    assert open_flow(door.svc, seal_flow(door.svc, flow, BROWSER), BROWSER) == flow
    went = await door.password()
    assert open_flow(door.svc, seal_flow(door.svc, went, BROWSER), BROWSER) == went


async def test_attack_a_flow_opens_in_no_other_browser_and_in_no_changed_form(door: Door) -> None:
    sealed = seal_flow(door.svc, flow_of(door), BROWSER)
    for text, browser in (
        (sealed, "c" * 43),
        (sealed, None),
        (sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"), BROWSER),
        (sealed[1:], BROWSER),
        (sealed + "A" * 20_000, BROWSER),
        ("", BROWSER),
        ("é", BROWSER),
    ):
        with pytest.raises(FlowGone):
            open_flow(door.svc, text, browser)


async def test_a_flow_is_good_for_half_an_hour(door: Door) -> None:
    sealed = seal_flow(door.svc, flow_of(door), BROWSER)
    door.clock.move(FLOW_MS - 1)
    open_flow(door.svc, sealed, BROWSER)
    door.clock.move(1)
    with pytest.raises(FlowGone):
        open_flow(door.svc, sealed, BROWSER)
    door.clock.move(-2 * FLOW_MS)
    with pytest.raises(FlowGone):
        open_flow(door.svc, sealed, BROWSER)


async def test_attack_the_length_of_a_flow_does_not_tell_who_exists_or_whether_the_password_was_right(
    door: Door,
) -> None:
    lengths = set()
    for login, password in (("aigul1", "құпия сөз ұзын 42"), ("aigul1", "wrong"), ("nobody", "wrong")):
        went = await door.password(login=login, password=password)
        lengths.add(len(seal_flow(door.svc, went, BROWSER)))
    assert len(lengths) == 1


async def test_a_flow_hides_what_it_holds(door: Door) -> None:
    sealed = seal_flow(door.svc, await door.password(), BROWSER)
    assert sealed.isascii()
    assert "aigul" not in sealed
    assert seal_flow(door.svc, flow_of(door), BROWSER) != seal_flow(door.svc, flow_of(door), BROWSER)
