"""Health: live while the process answers, ready while acts can be accepted, and nothing told beyond that."""

import pytest

from authsvc.errors import ReadOnly
from tests.authsvc.web.conftest import House

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/started"])
async def test_a_well_service_says_so(house: House, path: str) -> None:
    response = await house.client().get(path)
    assert (response.status_code, response.json()["status"]) == (200, "up")


async def test_a_lost_database_makes_the_service_unready_and_leaves_it_alive(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: object) -> None:
        raise ConnectionError("postgresql://user:secret@db.internal/authsvc")

    monkeypatch.setattr("authsvc.web.health.rows.read_head", lost)
    response = await house.client().get("/health/ready")
    assert (response.status_code, response.json()["checks"]) == (503, {"database": False, "log": True})
    assert "secret" not in response.text
    assert (await house.client().get("/health/live")).status_code == 200


async def test_a_log_that_takes_nothing_makes_the_service_unready_and_logins_are_told_so(house: House) -> None:
    browser = house.browser("en")
    page = await browser.open("/login")
    house.svc.log.read_only_reason = "a fork was refused"
    response = await house.client().get("/health/ready")
    assert (response.status_code, response.json()["checks"]["log"]) == (503, False)
    assert "fork" not in response.text
    with pytest.raises(ReadOnly):
        house.svc.log.demand_writable()
    page = await browser.submit(page, {"login": house.person.login, "password": "құпия сөз ұзын 42"})
    page = await browser.submit(page, {"code": house.code})
    assert page.status == 503
    assert "evidence log is closed" in page.text
