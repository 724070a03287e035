"""`authsvc evidence recover --successor` from the command line: the request, the approvals, the seal."""

from pathlib import Path

import pytest

from authsvc.cli import main
from authsvc.clock import SystemClock
from authsvc.sandbox.seed import write_trust
from authsvc.web.sandbox.pki import Credential, Family, TestPki, sign_cms
from tests.authsvc.sandbox.conftest import made_persons, made_pki
from tests.authsvc.sandbox.made import NOW
from tests.authsvc.test_rotation import _two

pytestmark = pytest.mark.slow

__all__ = ["made_persons", "made_pki"]


def write_settings(path: Path, trust: Path, number: int) -> None:
    own = path.parent / str(number)
    path.write_text(
        f"""
issuer = "http://localhost:8000"
environment = "test"
log_origin = "test.recover.example/{number}"
database = "{own}/data.sqlite"
keys_dir = "{own}/keys"
key_store = "{path.parent}/epochs"
fence_file = "{own}.fence.json"
trust_dir = "{trust}"
""",
        encoding="utf-8",
    )


def test_85_a_successor_is_opened_by_two_commands(
    tmp_path: Path,
    made_pki: TestPki,
    made_persons: dict[Family, Credential],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_trust(made_pki, tmp_path / "trust", SystemClock().now())
    one, two, request = tmp_path / "one.toml", tmp_path / "two.toml", tmp_path / "request"
    for number, path in ((1, one), (2, two)):
        write_settings(path, tmp_path / "trust", number)
        (tmp_path / str(number)).mkdir()
    monkeypatch.setenv("AUTHSVC_CONFIG", str(one))
    assert main(["init", "--ground", "tests"]) == 0
    recover = ["evidence", "recover", "--successor", str(two)]
    assert main(["evidence", "recover"]) == 64
    assert main([*recover, "--from", str(tmp_path)]) == 64
    assert main(recover) == 64
    assert main([*recover, "--request-out", str(request)]) == 0
    approvals = []
    for number, person in enumerate(_two(made_pki, made_persons)):
        signed = tmp_path / f"{number}.p7s"
        signed.write_bytes(sign_cms(request.read_bytes(), [person], signing_time=NOW))
        approvals += ["--approval", str(signed)]
    capsys.readouterr()
    assert main([*recover, "--request", str(request), *approvals[:2]]) == 1
    assert "2 persons must approve this; 1 did" in capsys.readouterr().err
    assert main([*recover, "--request", str(request), *approvals]) == 0
    assert "it goes on as test.recover.example/2" in capsys.readouterr().out
    assert main(["serve"]) == 1
    assert main(["evidence", "fsck"]) == 0
    monkeypatch.setenv("AUTHSVC_CONFIG", str(two))
    assert main(["evidence", "fsck"]) == 0
