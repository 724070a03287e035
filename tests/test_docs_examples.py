"""The examples of the documents run, against real bytes kept for ever and against bytes made in the test."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authsvc import cases
from authsvc.cli_evidence import verify_eds
from authsvc.clock import SystemClock
from authsvc.evidence.package_check import check
from authsvc.evidence.trust import parse_trust, print_trust
from authsvc.gateways import check_gateways, read_gateways
from authsvc.sandbox.relying_party import read_jws
from authsvc.web.sandbox.pki import write_pki
from confirmations import device
from tests.stories.standing import CHANGE, signed_in
from tests.world import World

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
KEPT = "docs/examples/court-package.zip"


def blocks(document: Path, language: str = "python") -> list[str]:
    """The code of a document, block by block."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def after(document: Path, name: str) -> str:
    """The block behind the mark `<!-- example: name -->`."""
    found = re.search(rf"<!-- example: {name} -->\n```\w*\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE)
    assert found, name
    return found[1]


def run(code: str, names: dict[str, Any] | None = None) -> dict[str, Any]:
    names = {} if names is None else names
    exec(compile(code, "example", "exec"), names)  # noqa: S102 - the documents' own lines
    return names


# --- docs/evidence.md ---


def recompute(package: str = KEPT, number: str = "0007") -> None:
    names: dict[str, Any] = {}
    for block in blocks(DOCS / "evidence.md"):
        assert len([line for line in block.splitlines() if line]) == 10
        run(block.replace(KEPT, package).replace("0007", number), names)


@pytest.fixture
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("at_the_root")
def test_ten_lines_recompute_the_kept_package() -> None:
    recompute()


def test_the_ten_lines_need_the_standard_library_alone() -> None:
    code = "\n".join(blocks(DOCS / "evidence.md"))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("at_the_root")
@pytest.mark.parametrize(
    ("name", "behind"),
    [
        ("records/0007.note", b"time"),
        ("records/0007.note", b"issuer/confirmation "),
        ("disclosures/0007.json", b'"value":"kerege'),
        ("proofs/0007.tlog-proof", b"index "),
        ("proofs/0007.tlog-proof", b"index 17\n"),
        ("blobs/bf456449", b"amount"),
    ],
)
def test_ten_lines_object_to_a_package_with_one_letter_changed(name: str, behind: bytes, tmp_path: Path) -> None:
    altered = tmp_path / "altered.zip"
    with zipfile.ZipFile(KEPT) as source, zipfile.ZipFile(altered, "w") as target:
        for info in source.infolist():
            data = bytearray(source.read(info))
            if info.filename.startswith(name):
                data[data.index(behind) + len(behind) + 1] ^= 1
            target.writestr(info, bytes(data))
    with pytest.raises((AssertionError, ValueError)):
        recompute(str(altered))


@pytest.mark.anyio
async def test_ten_lines_recompute_a_package_made_now(world: World, tmp_path: Path) -> None:
    here = await signed_in(world)
    ended = await here.confirm(await here.ask())
    (tmp_path / "package.zip").write_bytes(await cases.export_case(world.svc, cases.Case(acts=(ended["record"],))))
    with zipfile.ZipFile(tmp_path / "package.zip") as package:
        records = [name for name in package.namelist() if name.startswith("records/")]
        own = next(name for name in records if package.read(name).split(b"\n")[1] == b"confirmation")
    recompute(str(tmp_path / "package.zip"), own[8:12])


def test_the_kept_package_and_receipt_are_good_for_ever() -> None:
    trust = parse_trust((EXAMPLES / "trust.json").read_bytes())
    package, receipt = ((EXAMPLES / name).read_bytes() for name in ("court-package.zip", "receipt.jwt"))
    verdict = check(package, trust, [receipt], at=SystemClock().now(), verify_eds=verify_eds)
    assert verdict.code == "VALID", verdict.sentence.en
    assert "receipt_holds" in {finding.code for finding in verdict.findings()}
    assert [record.type for record in verdict.records][-2:] == ["confirmation", "export"]


# --- docs/statement.md ---

CheckReceipt = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def check_receipt() -> CheckReceipt:
    checked: CheckReceipt = run(after(DOCS / "statement.md", "check"))["check_receipt"]
    return checked


@pytest.mark.usefixtures("at_the_root")
def test_the_lines_that_check_a_receipt_check_the_kept_one(check_receipt: CheckReceipt) -> None:
    names = run(after(DOCS / "statement.md", "use"), {"check_receipt": check_receipt, "json": json})
    assert names["statement"] == json.loads(after(DOCS / "statement.md", "statement"))


def test_the_lines_that_check_a_receipt_use_nothing_of_this_project() -> None:
    code = after(DOCS / "statement.md", "check")
    shown = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{shown}"], capture_output=True, text=True, check=True)
    assert {"authsvc", "confirmations", "signatures"} & set(done.stdout.split()) == set()


async def beforehand(world: World) -> Mapping[str, Any]:
    """What a relying party has from the operator before anything happens."""
    entries = (await world.check_log()).entries
    receipt_key = world.svc.keys.receipts.private.public_key()
    return {
        "trust": json.loads(print_trust(await world.trust())),
        "genesis": entries[0].raw.decode(),
        "receipt_key": receipt_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }


@pytest.mark.anyio
async def test_they_check_a_receipt_made_now_and_refuse_what_it_is_not(
    world: World, check_receipt: CheckReceipt
) -> None:
    here = await signed_in(world)
    confirmed, declined = await here.confirm(await here.ask()), await here.decline(await here.ask(CHANGE))
    known = await beforehand(world)
    own = here.bank.client_id
    assert check_receipt(confirmed["receipt"], own, "confirmed", **known) == confirmed["statement"]
    assert check_receipt(declined["receipt"], own, "declined", **known) == declined["statement"]
    kept = {
        "trust": json.loads((EXAMPLES / "trust.json").read_text()),
        "genesis": (EXAMPLES / "genesis.note").read_text(),
    }
    refused: list[tuple[str, str, str, Mapping[str, Any]]] = [
        (declined["receipt"], own, "confirmed", known),
        (confirmed["receipt"], "esep-kz", "confirmed", known),
        (here.tokens.id_token, own, "confirmed", known),
        (confirmed["receipt"], own, "confirmed", {**known, "receipt_key": (EXAMPLES / "receipt-key.pem").read_bytes()}),
        (confirmed["receipt"], own, "confirmed", {**known, **kept}),
        (confirmed["receipt"], own, "confirmed", {**known, "genesis": kept["genesis"]}),
    ]
    for token, audience, outcome, given in refused:
        with pytest.raises(Exception):  # noqa: B017, PT011 - any of two libraries' refusals, or its own
            check_receipt(token, audience, outcome, **given)


@pytest.mark.anyio
async def test_they_refuse_a_receipt_that_the_service_itself_altered(world: World, check_receipt: CheckReceipt) -> None:
    """The JWS is transport: with a good signature over other members the entry and the log still decide."""
    here = await signed_in(world)
    confirmed = await here.confirm(await here.ask())
    known = await beforehand(world)
    _, good = read_jws(confirmed["receipt"])

    def signed(**changes: Any) -> str:
        import jwt

        header = {"kid": world.svc.keys.receipts.kid, "typ": "confirmation-receipt+jwt"}
        return jwt.encode({**good, **changes}, world.svc.keys.receipts.private, algorithm="ES256", headers=header)

    own = here.bank.client_id
    assert check_receipt(signed(), own, "confirmed", **known)
    opened = [each | {"value": 1} if each["name"] == "tries" else each for each in good["disclosures"]]
    opened[0] = opened[0] | {"value": 99}
    altered = (
        signed(statement={**good["statement"], "act": "change"}),
        signed(disclosures=opened),
        signed(outcome="declined"),
        signed(entry=good["entry"].replace('"confirmed"', '"cancelled"')),
        signed(proof=good["proof"].replace("index ", "index 1")),
        signed(proof=re.sub(r"(index \d+\n)[^\n]+\n", r"\1", good["proof"])),
    )
    for token in altered:
        with pytest.raises(Exception):  # noqa: B017, PT011 - as above
            check_receipt(token, own, "confirmed", **known)


# --- README.md ---


def test_signatures_alone_verify_a_document_and_load_no_web_framework(tmp_path: Path) -> None:
    write_pki(tmp_path / "pki", SystemClock().now(), os.urandom)
    example = next(block for block in blocks(ROOT / "README.md") if "from signatures import" in block)
    loaded = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    code = f"{example}\n{loaded}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said, modules = done.stdout.splitlines()[0], set(done.stdout.splitlines()[-1].split())
    assert said.startswith("TOTAL-PASSED")
    assert modules & {"authsvc", "confirmations", "fastapi", "starlette", "pydantic", "asyncpg", "socket"} == set()


# --- docs/operators.md ---


def test_the_operators_first_steps_run_as_written(tmp_path: Path) -> None:
    guide = DOCS / "operators.md"

    def here(text: str) -> str:
        return re.sub(r"/(etc|var/lib)/", rf"{tmp_path}/\1/", text)

    config = tmp_path / "etc/authsvc/authsvc.toml"
    config.parent.mkdir(parents=True)
    config.write_text(here(after(guide, "settings")), encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
    call = "import sys; from authsvc.cli import main; sys.exit(main())"
    ran = []
    for line in here(after(guide, "first steps")).splitlines():
        words = shlex.split(line)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environ[name] = value
        elif words[1:] != ["serve"]:
            done = subprocess.run(
                [sys.executable, "-c", call, *words[1:]], env=environ, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{line}: {done.stderr}"
            ran.append(" ".join(words[1:3]))
    assert ran == ["config check", "init --ground", "evidence fsck"]
    assert (tmp_path / "var/lib/authsvc/keys/keys.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var/lib/authsvc-fence/fence.json").exists()


# --- docs/channels.md ---


def test_the_gateways_of_the_guide_are_settings_that_production_takes(tmp_path: Path) -> None:
    text = after(DOCS / "channels.md", "channels")
    for name in ("smtp", "aggregator"):
        (tmp_path / name).write_text("s3cret", encoding="utf-8")
    gateways = read_gateways(text.replace("/run/secrets", str(tmp_path)))
    check_gateways(gateways, production=True)
    assert [(each.name, each.carries) for each in gateways] == [("mail", "email"), ("aggregator", "sms")]


# --- docs/devices.md ---


def test_a_device_of_the_devices_document_is_understood() -> None:
    names = run(after(DOCS / "devices.md", "device"))
    key = ec.generate_private_key(ec.SECP256R1())
    request = {"id": "r", "statement": "{}", "texts": [{"locale": "ru", "text": "Оплата"}]}
    body = names["answer"](key, "d", 1, request, "1234", "2026-11-24T10:00:00.000Z")
    message, point = (
        body["message"].encode(),
        key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    )
    device.verify(device.ANSWER, message, body["signature"], point)
    assert device.read_answer(message).number == "1234"
