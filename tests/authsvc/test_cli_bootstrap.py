"""`authsvc admin bootstrap` on a new deployment: no person in any argument, a link of one use, then no more."""

import asyncio
import io
import os
from base64 import b32decode
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc import app, invitations, staff
from authsvc.cli import main
from authsvc.sandbox import seed
from confirmations.methods import totp
from tests.command import environ_of

pytestmark = pytest.mark.slow


def test_the_first_two_of_staff_are_invited_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = seed.settings_of(tmp_path / "data", 8000)
    settings = replace(made, witness_policy_file=None, witness_holders_file=None, tsa=())
    (tmp_path / "data").mkdir()
    for name in [each for each in os.environ if each.startswith("AUTHSVC_")]:
        monkeypatch.delenv(name)
    for name, value in environ_of(settings).items():
        monkeypatch.setenv(name, value)
    asyncio.run(app.initialise(settings, ground="tests"))

    async def accept(link: str, login: str) -> frozenset[str]:
        async with app.opened(settings, channels={}) as svc:
            token = link.rsplit("/", 1)[1]
            begun = invitations.begin(svc, token)
            code = totp.code_at(b32decode(begun.seed), svc.clock.now())
            account = await invitations.accept(svc, token, begun.ticket, login, "ақ бота төрт түлік мал", code)
            return await staff.roles_of(svc, account)

    def bootstrap(at: int, role: str, iin: str = "") -> int:
        person = f"{iin or f'99010130012{at}'}\nӘлия\n+7701000009{at}\n"
        monkeypatch.setattr("sys.stdin", io.StringIO(person))
        return main(["admin", "bootstrap", role, "--ground", "Order No. 1"])

    for at, role in enumerate(("operator", "enroller")):
        assert bootstrap(at, role) == 0
        link = capsys.readouterr().out.strip()
        assert link.startswith(f"{settings.issuer}/invitations/")
        assert asyncio.run(accept(link, f"first{at}")) == {role}
    assert bootstrap(3, "auditor") == 1
    assert "first day of this deployment is over" in capsys.readouterr().err
    assert bootstrap(4, "auditor", "12") == 1
    capsys.readouterr()
