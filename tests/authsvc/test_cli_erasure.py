"""`authsvc evidence order`, `orders`, `carry-out`, `withdraw`: two persons' EDS, and no person in any argument."""

import asyncio
import io
import json
import os
import shutil
from pathlib import Path

import pytest

from authsvc import accounts, app, staff
from authsvc.cli import main
from authsvc.clock import SystemClock
from authsvc.evidence.record import Disclosure, check_disclosure, parse
from authsvc.sandbox import seed
from authsvc.settings import Settings
from authsvc.web.sandbox.pki import sign_cms
from tests.command import environ_of
from tests.world import Seeded

pytestmark = pytest.mark.slow

APPROVERS = ("ivan", "dana")


@pytest.fixture
def settings(seeded_sqlite: Seeded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of the sandbox, whose Ivan and Dana are operators; the environment names it."""
    data = tmp_path / "data"
    shutil.copytree(seeded_sqlite.data, data)
    shutil.copy(seeded_sqlite.data.parent / f"{seeded_sqlite.data.name}.fence.json", tmp_path / "data.fence.json")
    made = seed.settings_of(data, 8000)
    for name in [each for each in os.environ if each.startswith("AUTHSVC_")]:
        monkeypatch.delenv(name)
    for name, value in environ_of(made).items():
        monkeypatch.setenv(name, value)
    seed.load(data)  # writes fresh CRLs into the trust store

    async def appoint() -> None:
        async with app.opened(made, channels={}) as svc:
            for login in APPROVERS:
                person = await accounts.person_by_login(svc, login)
                assert person is not None
                await staff.give(svc, person.id, person.subject, "operator", ground="tests")

    asyncio.run(appoint())
    return made


def iin_of(settings: Settings, login: str) -> str:
    people = seed.load(Path(settings.database).parent)
    return next(each["iin"] for each in people.subjects if each["login"] == login)


def order(settings: Settings, out: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"iin:{iin_of(settings, 'aigul')}\n"))
    return main(["evidence", "order", *more, "--ground", "Application 5", "--out", str(out)])


def test_an_erasure_is_ordered_signed_by_two_and_carried_out(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request, notice = tmp_path / "request.json", tmp_path / "notice.json"
    assert order(settings, request, monkeypatch, "erasure", "--kind", "deleted") == 0
    order_id = capsys.readouterr().out.strip()
    iin = iin_of(settings, "aigul")
    assert iin not in request.read_text()
    assert main(["evidence", "orders"]) == 0
    assert f"order {order_id}  deleted" in capsys.readouterr().out
    pki = seed.load(Path(settings.database).parent).pki
    files = []
    for login in APPROVERS:
        person = pki.authority("gost").issue_person(name="ОПЕРАТОР", iin=iin_of(settings, login))
        files.append(tmp_path / f"{login}.p7s")
        files[-1].write_bytes(sign_cms(request.read_bytes(), [person], signing_time=SystemClock().now()))
    carry = ["evidence", "carry-out", order_id, "--notice", str(notice)]
    assert main([*carry, "--signature", str(files[0])]) == 1
    assert "2 persons must approve this; 1 did" in capsys.readouterr().err
    assert not notice.exists()
    assert main([*carry, "--signature", str(files[0]), "--signature", str(files[1])]) == 0
    assert "done: record" in capsys.readouterr().out
    told = json.loads(notice.read_text())
    entry = parse(told["entry"].encode())
    assert (entry.type, entry.id) == ("erasure", order_id)
    slots = [Disclosure(each["slot"], each["name"], each["salt"], each["value"]) for each in told["disclosures"]]
    assert {check_disclosure(entry, each).name: each.value for each in slots}["person_subject"] == f"iin:{iin}"
    assert notice.stat().st_mode & 0o077 == 0
    assert main([*carry, "--signature", str(files[0])]) == 1
    assert "given once" in capsys.readouterr().err
    assert main(["evidence", "fsck"]) == 0
    assert "clean" in capsys.readouterr().out
    assert order(settings, request, monkeypatch, "erasure", "--kind", "deleted") == 1
    assert "not known here" in capsys.readouterr().err


def test_an_order_can_be_withdrawn_and_a_wrong_one_is_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request = tmp_path / "request.json"
    assert order(settings, request, monkeypatch, "hold") == 0
    order_id = capsys.readouterr().out.strip()
    assert main(["evidence", "withdraw", order_id]) == 0
    assert main(["evidence", "withdraw", order_id]) == 1
    assert "ended" in capsys.readouterr().err
    assert order(settings, request, monkeypatch, "erasure", "--kind", "burned") == 1
    assert "kind: one of deleted" in capsys.readouterr().err
