"""What is invented must never be taken for real: databases, origins, routes, imports and files of the two kinds."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.routing import BaseRoute

from authsvc import app
from authsvc.errors import ConfigurationError
from authsvc.sandbox import seed
from authsvc.service import Service
from authsvc.settings import Settings, check
from authsvc.web.site import build_site
from tests.command import ROOT, environ_of, run_authsvc
from tests.world import Seeded, World, read_json

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def production_of(folder: Path) -> Settings:
    return check(
        Settings(
            issuer="https://id.example.kz",
            log_origin="log.example.kz/2026h2",
            database=str(folder / "authsvc.sqlite"),
            keys_dir=folder / "keys",
            fence_file=folder.parent / f"{folder.name}.fence",
            trust_dir=folder / "trust",
            organisation="Example",
        )
    )


@pytest.fixture
async def production(anyio_backend: object, tmp_path: Path) -> AsyncIterator[Service]:
    """A new deployment of the other kind."""
    folder = tmp_path / "production"
    folder.mkdir()
    settings = production_of(folder)
    await app.initialise(settings, ground="tests")
    async with app.opened(settings, channels={}) as svc:
        yield svc


async def test_production_refuses_a_sandboxs_database(seeded_sqlite: Seeded, tmp_path: Path) -> None:
    settings = replace(
        production_of(tmp_path),
        database=str(seeded_sqlite.data / "authsvc.sqlite"),
        keys_dir=seeded_sqlite.data / "keys",
        fence_file=tmp_path / "fence",
    )
    with pytest.raises(ConfigurationError, match="of the environment test, the settings say production"):
        async with app.opened(settings, channels={}):
            pass
    done = await asyncio.to_thread(run_authsvc, "serve", settings=environ_of(settings))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "authsvc: this database is of the environment test, the settings say production\n"


async def test_a_sandbox_refuses_a_production_database_and_leaves_it_as_it_was(
    production: Service, tmp_path: Path
) -> None:
    folder = Path(production.settings.database).parent
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    settings = replace(seed.settings_of(folder, 8000), keys_dir=folder / "keys", fence_file=tmp_path / "other")
    with pytest.raises(ConfigurationError, match="of the environment production, the settings say test"):
        async with app.opened(settings, channels={}):
            pass
    command = [sys.executable, "-m", "authsvc.sandbox.up", "--data", str(folder), "--sandbox-file", str(tmp_path / "f")]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(folder) in done.stderr
    assert not (tmp_path / "f").exists()
    # Not a test anchor, not a key: nothing of the sandbox is put where production would read it.
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


async def test_a_log_of_another_origin_is_refused(seeded_sqlite: Seeded, tmp_path: Path) -> None:
    foreign = replace(
        seed.settings_of(seeded_sqlite.data, 8000), log_origin="test.another.example/1", fence_file=tmp_path / "fence"
    )
    with pytest.raises(ConfigurationError, match=r"holds the log test\.sandbox\.authsvc/1"):
        async with app.opened(foreign, channels={}):
            pass


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": "test"},
        {"log_origin": "test.example.kz/1"},
        {"issuer": "http://id.example.kz"},
        {"issuer": "https://id.example.kz/"},
        {"environment": "staging"},
    ],
)
def test_settings_that_mix_the_two_are_refused(tmp_path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        check(replace(production_of(tmp_path), **changes))  # type: ignore[arg-type]  # all of them are texts


def paths(routes: list[BaseRoute]) -> list[str]:
    return [str(getattr(route, "path", "")) for route in routes]


async def test_production_has_no_route_word_or_phone_of_the_sandbox(production: Service) -> None:
    site = build_site(production)
    known = paths(site._app._app.router.routes)  # type: ignore[attr-defined]  # edge and dispatcher are ours
    assert "/login" in known
    assert not [path for path in known if "sandbox" in path]
    transport = httpx2.ASGITransport(app=site)
    async with httpx2.AsyncClient(transport=transport, base_url="https://id.example.kz") as http:
        for path in ("/sandbox", "/sandbox/phones", "/sandbox/phones/aigul", "/sandbox/ciba", "/sandbox/pki/x"):
            for method in ("GET", "POST"):
                assert (await http.request(method, path)).status_code in (404, 403)
        http.cookies.clear()
        page = await http.get("/login", headers={"accept-language": "en"}, follow_redirects=True)
    assert page.status_code == 200
    assert "TEST ENVIRONMENT" not in page.text
    assert 'class="test"' not in page.text
    cookies = page.headers.get_list("set-cookie") + page.history[0].headers.get_list("set-cookie")
    assert cookies
    assert all(each.startswith("__Host-") and "Secure" in each for each in cookies)
    assert page.headers["strict-transport-security"]


async def test_every_page_of_the_sandbox_says_that_it_is_one(world: World) -> None:
    for locale, words in (("kk", "СЫНАҚ ОРТАСЫ"), ("ru", "ТЕСТОВАЯ СРЕДА"), ("en", "TEST ENVIRONMENT")):
        browser = world.browser(locale)
        for address in ("/", "/login", "/logout", "/docs", "/nowhere", "/sandbox/phones", "/sandbox/phones/aigul"):
            page = await browser.open(address)
            assert words in page.text, address
            assert page.read().lang == locale


def test_importing_the_service_loads_nothing_of_the_sandbox() -> None:
    code = (
        "import sys, authsvc.app, authsvc.cli, authsvc.web.site, authsvc.worker\n"
        "print([name for name in sys.modules if 'sandbox' in name or name.startswith('tests')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_the_sandboxs_file_has_its_members_and_every_one_of_them_works(world: World) -> None:
    told = json.loads(json.dumps(world.people.sandbox_file(world.svc.settings, world.vkey)))
    assert {"issuer", "log", "subjects", "clients", "phone"} <= told.keys()
    assert told["log"] == {"url": f"{told['issuer']}/log", "vkey": world.vkey}
    assert len(told["subjects"]) >= 3
    for subject in told["subjects"]:
        assert subject.keys() == {"login", "password", "totp_secret", "iin", "name", "locale"}
        page = await world.answer_both(browser := world.browser(), await browser.open("/login"), subject)
        assert page.url == f"{told['issuer']}/"
        answered = await world.http().get(told["phone"].format(login=subject["login"]))
        assert (answered.status_code, answered.json()) == (200, [])
    assert {subject["locale"] for subject in told["subjects"]} == {"kk", "ru", "en"}
    assert told["clients"]["basic"].keys() == {"client_id", "client_secret"}
    assert told["clients"]["pkjwt"].keys() == {"client_id", "jwk"}
    assert told["clients"]["public"].keys() == {"client_id"}
    assert "d" in told["clients"]["pkjwt"]["jwk"]
    for party in (world.bank(), world.bookkeeper()):
        absent = await party.call("GET", "/v1/confirmations/01900000-0000-7000-8000-000000000000")
        assert absent.status_code == 404
    answered = await world.http().get("/sandbox/phones/nobody")
    assert answered.status_code == 404


def test_private_files_are_never_readable_by_others_not_even_for_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.json"
    path.write_text("old")
    path.chmod(0o666)
    seed.write_private(path, "{}")
    assert path.stat().st_mode & 0o777 == 0o600
    mask = os.umask(0)
    try:
        seed.write_private(tmp_path / "new.json", "{}")
    finally:
        os.umask(mask)
    assert (tmp_path / "new.json").stat().st_mode & 0o777 == 0o600


async def test_two_sandboxes_share_no_password_and_no_key(seeded_sqlite: Seeded, tmp_path: Path) -> None:
    data = tmp_path / "data"
    await seed.make(seed.settings_of(data, 8000), data)
    one, two = read_json(seeded_sqlite.data / "world.json"), read_json(data / "world.json")
    for secret in ("password", "totp_secret"):
        assert not {each[secret] for each in one["subjects"]} & {each[secret] for each in two["subjects"]}
    assert one["clients"]["basic"]["client_secret"] != two["clients"]["basic"]["client_secret"]
    assert one["clients"]["pkjwt"]["jwk"]["d"] != two["clients"]["pkjwt"]["jwk"]["d"]
    mine, others = (
        {path.name: path.read_bytes() for path in (d / "keys").iterdir() if path.is_file()}
        for d in (seeded_sqlite.data, data)
    )
    assert mine.keys() == others.keys()
    assert all(mine[name] != others[name] for name in mine)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (data / "keys").rglob("*"))


async def test_a_sandbox_that_is_there_is_not_made_again(seeded_sqlite: Seeded) -> None:
    data = seeded_sqlite.data
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    with pytest.raises(ConfigurationError):
        await seed.make(seed.settings_of(data, 8000), data)
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before


async def test_the_sandbox_answers_under_its_own_name_alone(world: World) -> None:
    assert world.svc.settings.host == "127.0.0.1"
    http = world.http()
    for host in ("evil.example", "127.0.0.1", "localhost", world.issuer.removeprefix("http://") + ".evil.example"):
        answered = await http.get("/sandbox/phones/aigul", headers={"host": host})
        assert answered.status_code == 421
    with pytest.raises(OSError, match=r"."):
        socket.create_connection(("127.0.0.2", world.svc.settings.port), timeout=5)
