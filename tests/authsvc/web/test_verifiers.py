"""The verifiers as the service serves them: the published bytes, and a policy under which the page still runs."""

import hashlib

import pytest

from authsvc import __version__
from authsvc.cases import trust_of
from tests.authsvc.web.conftest import House

pytestmark = pytest.mark.anyio


async def test_what_is_served_is_what_trust_json_names(house: House) -> None:
    named = (await trust_of(house.svc)).verifiers
    for path, name in (("/verify", "verify.html"), ("/verify/verify.py", "verify.py")):
        response = await house.client().get(path)
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-cache"
        assert named is not None
        assert named[f"{__version__}/{name}"] == hashlib.sha256(response.content).hexdigest()


async def test_the_page_may_run_its_own_script_and_nothing_else(house: House) -> None:
    response = await house.client().get("/verify")
    policy = response.headers["content-security-policy"].split("; ")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert policy[0] == "default-src 'none'"
    assert policy[-1] == "frame-ancestors 'none'"
    assert f'content="{"; ".join(policy[:-1])}"' in response.text
    assert "unsafe" not in response.headers["content-security-policy"]


async def test_the_script_is_kept_as_a_file(house: House) -> None:
    response = await house.client().get("/verify/verify.py")
    assert response.headers["content-disposition"] == 'attachment; filename="verify.py"'
    assert response.headers["content-type"].startswith("text/x-python")
    assert (await house.client().post("/verify")).status_code == 405
