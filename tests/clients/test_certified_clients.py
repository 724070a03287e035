"""Certified clients walk every flow: openid-client and oauth4webapi, with every check that they have switched on."""

import re
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, walk
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def flows_of(script: str) -> list[str]:
    """The flows that a script knows: the members of what it gives to `run`."""
    body = (HERE / script).read_text(encoding="utf-8").split("await run({", 1)[1]
    return re.findall(r"^  (?:async )?(\w+)[:(]", body, re.MULTILINE)


@pytest.mark.parametrize("flow", flows_of("openid_client.mjs"))
async def test_openid_client_walks(open_world: World, node: list[str], scripts: Path, flow: str) -> None:
    await walk(open_world, node, scripts / "openid_client.mjs", flow)


@pytest.mark.parametrize("flow", flows_of("oauth4webapi.mjs"))
async def test_oauth4webapi_walks(open_world: World, node: list[str], scripts: Path, flow: str) -> None:
    await walk(open_world, node, scripts / "oauth4webapi.mjs", flow)


def test_the_lock_names_no_host() -> None:
    text = (HERE / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/')
