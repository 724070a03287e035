"""What relying parties see of a frozen account, on both databases: no token of before opens anything, none is given."""

import pytest

from authsvc import freezing
from tests.authsvc.oidc.conftest import Site, answer_in
from tests.authsvc.oidc.test_introspection import OFFLINE, introspect

pytestmark = pytest.mark.anyio


async def test_a_freeze_ends_refresh_introspection_and_userinfo_at_once(site_on: Site) -> None:
    tokens = await site_on.tokens(scope=OFFLINE)
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    assert (await site_on.userinfo(access)).status_code == 200
    for token in (access, refresh):
        assert (await introspect(site_on, token)).json()["active"] is True
    await freezing.by_session(site_on.svc, site_on.person.id, "none", "none", "")
    assert (await site_on.userinfo(access)).status_code == 401
    for token in (access, refresh):
        assert (await introspect(site_on, token)).json() == {"active": False}
    answer = await site_on.refresh(refresh)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_code_issued_before_the_freeze_is_redeemed_no_more(site_on: Site) -> None:
    came = await site_on.arrive(site_on.browser())
    await freezing.by_session(site_on.svc, site_on.person.id, "none", "none", "")
    answer = await site_on.redeem(came["code"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_the_session_of_before_signs_in_nowhere_after_the_freeze(site_on: Site) -> None:
    browser = site_on.browser()
    await site_on.tokens(browser=browser)
    await freezing.by_session(site_on.svc, site_on.person.id, "none", "none", "")
    page = await browser.open(site_on.address(prompt="none"))
    assert answer_in(page)["error"] == "login_required"
