"""The trust store with pinned fingerprints: nothing is trusted that was not confirmed from elsewhere."""

import hashlib
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from ssl import DER_cert_to_PEM_cert

import pytest

from authsvc.cli import main
from authsvc.errors import ConfigurationError, InvalidRequest
from authsvc.trust import open_trust, pins
from authsvc.trust.pins import PINS, add, check
from authsvc.web.sandbox.pki import Authority, TestPki, invent_iin

FOUNDED = 1_795_000_000_000
AT = datetime.fromtimestamp(FOUNDED / 1000, UTC) + timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",)).authority("ecdsa")


@pytest.fixture(scope="module")
def root(authority: Authority) -> bytes:
    return authority.root.credential.certificate_der


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def faults(directory: Path, at: datetime = AT, *, production: bool = False) -> list[str]:
    return [each.text for each in check(directory, at=at, production=production, hosts=()) if each.fault]


def put(
    directory: Path, data: bytes, fingerprint: str = "", purpose: str = "signatures", *, production: bool = False
) -> None:
    add(directory, data, fingerprint or sha256(data), purpose, at=AT, production=production)


def test_a_certificate_whose_fingerprint_was_confirmed_is_trusted_and_pinned(tmp_path: Path, root: bytes) -> None:
    written = sha256(root).upper()
    put(tmp_path, DER_cert_to_PEM_cert(root).encode(), ":".join(written[n : n + 2] for n in range(0, 64, 2)))
    put(tmp_path, root)
    assert pins.read_pins(tmp_path) == {(sha256(root), "signatures")}
    assert open_trust(tmp_path).fingerprints() == [sha256(root)]
    assert faults(tmp_path) == []


def test_another_certificate_than_the_confirmed_one_is_refused_and_nothing_is_written(
    tmp_path: Path, root: bytes
) -> None:
    with pytest.raises(InvalidRequest, match="another certificate"):
        put(tmp_path, root, "00" * 32)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_authority_or_not_in_force_or_no_certificate_is_refused(
    tmp_path: Path, authority: Authority, root: bytes
) -> None:
    leaf = authority.issue_person(name="Серік Айгүл", iin=invent_iin(date(1890, 5, 17), 3)).certificate_der
    with pytest.raises(InvalidRequest, match="not the certificate of an authority"):
        put(tmp_path, leaf)
    with pytest.raises(InvalidRequest, match="not one certificate"):
        put(tmp_path, b"rubbish")
    with pytest.raises(InvalidRequest, match="not one certificate"):
        put(tmp_path, DER_cert_to_PEM_cert(root).encode() + DER_cert_to_PEM_cert(leaf).encode())
    with pytest.raises(InvalidRequest, match="64 hexadecimal digits"):
        put(tmp_path, root, "ab")
    with pytest.raises(InvalidRequest, match="in force from"):
        add(tmp_path, root, sha256(root), "signatures", at=AT - timedelta(days=9), production=False)
    put(tmp_path, leaf, purpose="time")


def test_a_certificate_that_was_slipped_in_is_not_trusted_where_pins_are(
    tmp_path: Path, authority: Authority, root: bytes
) -> None:
    put(tmp_path, root)
    (tmp_path / "anchors" / "other.cer").write_bytes(authority.issuing.credential.certificate_der)
    with pytest.raises(ConfigurationError, match="not pinned"):
        open_trust(tmp_path)
    assert any("not pinned: anchors/other.cer" in each for each in faults(tmp_path))


def test_one_purpose_is_not_the_other(tmp_path: Path, root: bytes) -> None:
    put(tmp_path, root)
    (tmp_path / "tsa").mkdir()
    (tmp_path / "tsa" / "root.cer").write_bytes(root)
    with pytest.raises(ConfigurationError, match=f"not pinned: {sha256(root)} time"):
        open_trust(tmp_path)


def test_without_pins_the_files_alone_are_trusted_and_the_check_says_so(tmp_path: Path, root: bytes) -> None:
    (tmp_path / "anchors").mkdir()
    (tmp_path / "anchors" / "root.cer").write_bytes(root)
    assert open_trust(tmp_path).fingerprints() == [sha256(root)]
    (note,) = check(tmp_path, at=AT, production=False, hosts=())
    assert not note.fault
    assert "nothing is pinned" in note.text


def test_a_test_authority_is_no_anchor_in_production(tmp_path: Path, root: bytes) -> None:
    with pytest.raises(InvalidRequest, match="test authority"):
        put(tmp_path, root, production=True)
    put(tmp_path, root)
    with pytest.raises(ConfigurationError, match="test authority"):
        open_trust(tmp_path, production=True)
    assert any("test authority in production" in each for each in faults(tmp_path, production=True))


def test_what_is_missing_ended_or_stale_is_found(tmp_path: Path, authority: Authority, root: bytes) -> None:
    put(tmp_path, root)
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "issuing.crl").write_bytes(authority.crl(FOUNDED))
    late = AT + timedelta(days=60)
    assert any("stale since" in each for each in faults(tmp_path, late))
    assert [each for each in check(tmp_path, at=late, production=False, hosts=("a:80",)) if each.fault] == []
    assert any(
        "ended on" in each.text for each in check(tmp_path, at=AT + timedelta(days=9000), production=False, hosts=())
    )
    (tmp_path / "anchors" / f"{sha256(root)}.cer").unlink()
    assert any("pinned, and not there" in each for each in faults(tmp_path))


@pytest.mark.parametrize("line", ["rubbish", "ab signatures", f"{'0' * 64} everything", f"{'0' * 64}"])
def test_a_line_that_is_no_pin_stops_the_start(tmp_path: Path, line: str) -> None:
    (tmp_path / PINS).write_text(f"# remark\n\n{line}\n")
    with pytest.raises(ConfigurationError, match="a line is not"):
        open_trust(tmp_path)
    assert any("a line is not" in each for each in faults(tmp_path))


def test_the_command_line_adds_lists_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    root = TestPki.create(at=now - 1000, entropy=os.urandom, families=("ecdsa",)).anchors()[0]
    for name in [each for each in os.environ if each.startswith("AUTHSVC_")]:
        monkeypatch.delenv(name)
    given = {
        "issuer": "http://localhost",
        "log_origin": "test.a/1",
        "database": "x",
        "keys_dir": "k",
        "environment": "test",
    }
    for name, value in {**given, "trust_dir": str(tmp_path / "trust"), "fence_file": "f"}.items():
        monkeypatch.setenv(f"AUTHSVC_{name.upper()}", value)
    file = tmp_path / "root.cer"
    file.write_bytes(root)
    assert main(["trust", "check"]) == 1
    assert main(["trust", "add", str(file), "--sha256", "00" * 32]) == 1
    assert main(["trust", "add", str(tmp_path / "nothing"), "--sha256", "00" * 32]) == 1
    assert main(["trust", "add", str(file), "--sha256", sha256(root)]) == 0
    capsys.readouterr()
    assert main(["trust", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["sha256"], listed["pinned"], listed["purpose"]) == (sha256(root), True, "signatures")
    assert main(["trust", "list"]) == 0
    assert "pinned" in capsys.readouterr().out
    assert main(["trust", "check"]) == 0
    (tmp_path / "trust" / "hosts").write_text("http://a/b\n")
    assert main(["trust", "check"]) == 1
    assert "neither HOST nor HOST:PORT" in capsys.readouterr().out
