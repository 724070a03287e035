"""A sandbox whose clock goes, the person who stands beside each client, and Node.js with the locked packages."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from authsvc.clock import HandClock, SystemClock
from authsvc.keys import Es256Key
from authsvc.oidc.certificates import thumbprint
from authsvc.sandbox.browser import Browser
from tests.authsvc.oidc.certificates import make, rfc9440
from tests.conftest import NO_NODE
from tests.world import STEP_MS, Seeded, World

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".dev" / "clients"
LONGEST_S = 240
"""For one flow, or for loading the packages, on a machine that is busy with everything else."""
REDIRECT, BYE = "http://127.0.0.1:48931/cb", "http://127.0.0.1:48931/bye"
RESOURCE = "https://api.example.kz"
KEY = Es256Key.of(ec.derive_private_key(31, ec.SECP256R1()))
CERTIFICATE = make("CN=mutual", key=KEY.private)


class GoingClock(HandClock):
    """A clock that goes with the machine's, and can be moved besides."""

    def __init__(self) -> None:
        super().__init__(SystemClock().now())
        self._began = time.monotonic()

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return super().now() + int((time.monotonic() - self._began) * 1000)


@pytest.fixture(scope="module")
async def open_world(
    anyio_backend: object, seeded_sqlite: Seeded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One sandbox for all flows of a module: they leave each other alone."""
    async with seeded_sqlite.served(tmp_path_factory.mktemp("clients"), GoingClock()) as world:
        yield world


@dataclass
class Beside:
    """The person beside a client: a browser in which they are signed in, and their phone."""

    world: World
    browser: Browser

    async def visit(self, url: str) -> str:
        """Where the browser ends after this address, consent given on the way."""
        page = await self.browser.open(url)
        if not page.left and page.read().forms and any(value == "allow" for _, value in page.read().forms[0].buttons):
            page = await self.browser.submit(page, {}, "allow")
        assert page.left, page.text
        return page.left

    async def enter(self, url: str, code: str) -> None:
        """Type a device's code, and agree."""
        page = await self.browser.submit(await self.browser.open(url), {"user_code": code})
        await self.browser.submit(page, {}, "allow")

    async def decide(self, action: str, number: str) -> None:
        """Answer the newest request to sign in, by the link on the phone."""
        link = next(each["link"] for each in await self.world.phone() if "/ciba/" in each.get("link", ""))
        page = await self.browser.open(link)
        await self.browser.submit(page, {"number": number} if action == "allow" else {}, action)

    async def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What the client's script asked for."""
        if "visit" in asked:
            return {"left": await self.visit(asked["visit"])}
        if "device" in asked:
            await self.enter(asked["device"], asked["code"])
        if "ciba" in asked:
            await self.decide(asked["ciba"], asked.get("number", ""))
        return {}


async def beside(world: World) -> Beside:
    """A new browser, signed in with both factors."""
    world.clock.move(STEP_MS)  # a code of the authenticator is good once
    browser = world.browser()
    await world.answer_both(browser, await browser.open("/login?return_to=/consents"))
    return Beside(world, browser)


@pytest.fixture(scope="session")
def node() -> list[str]:
    """Node.js, ready to run the scripts."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        pytest.skip(NO_NODE)
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=LONGEST_S).stdout
    major = int(told.strip().lstrip("v").split(".")[0])
    if major < 18:
        pytest.skip(NO_NODE)
    return [program, *(["--experimental-global-webcrypto"] if major < 20 else [])]


@pytest.fixture(scope="session")
def scripts(node: list[str]) -> Path:
    """The scripts beside the locked packages, loaded once for each state of the lock, hashes checked."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = INSTALLED / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "node_modules").is_dir():
        draft = folder.with_name(f"{folder.name}.{os.getpid()}")
        draft.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, draft)
        command = [shutil.which("npm") or "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=draft, capture_output=True, text=True, timeout=LONGEST_S, check=False)
        assert done.returncode == 0, done.stderr
        if (folder / "node_modules").is_dir():  # another run was first
            shutil.rmtree(draft)
        else:
            draft.replace(folder)
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def setting(world: World) -> dict[str, Any]:
    """What a script knows beforehand: the sandbox file, and how far the service's clock is ahead."""
    return {
        "issuer": world.issuer,
        "clients": world.people.clients,
        "initial_access_token": world.people.initial_access_token,
        "redirect": REDIRECT,
        "bye": BYE,
        "resource": RESOURCE,
        "login": world.citizen["login"],
        "digest": "4x6nR0CmGXjy0cV0DBjJrHwvjcyYhWSKn5nfQUd-S0U",
        "skew": round((world.clock.now() - SystemClock().now()) / 1000),
        "certificate": {
            "jwk": {**KEY.jwk, "kid": KEY.kid, "x5c": [rfc9440(CERTIFICATE).strip(":")]},
            "header": rfc9440(CERTIFICATE),
            "thumbprint": thumbprint(CERTIFICATE),
        },
    }


async def walk(world: World, node: list[str], script: Path, flow: str) -> None:
    """Run one flow of a script to its end, the person beside it."""
    person = await beside(world)
    environ = {**os.environ, "AUTHSVC_CLIENT": json.dumps(setting(world)), "NODE_NO_WARNINGS": "1"}
    running = await asyncio.create_subprocess_exec(
        *node, str(script), flow,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environ,
    )  # fmt: skip
    assert running.stdin is not None
    assert running.stdout is not None
    assert running.stderr is not None
    complaints = asyncio.create_task(running.stderr.read())
    try:
        async with asyncio.timeout(LONGEST_S):
            said: dict[str, Any] = {}
            async for line in running.stdout:
                said = json.loads(line)
                if "done" in said:
                    break
                running.stdin.write(json.dumps(await person.answer(said)).encode() + b"\n")
                await running.stdin.drain()
            status = await running.wait()
        assert (status, said.get("done")) == (0, flow), (await complaints).decode()
    finally:
        if running.returncode is None:
            running.kill()
        await complaints
