"""A court checks a case without us: the package, trust.json from elsewhere, and a program that needs no network."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from authsvc import cli
from authsvc.cases import Case, export_case
from authsvc.errors import InvalidRequest
from authsvc.evidence.trust import print_trust
from authsvc.web.sandbox.pki import sign_cms
from tests.command import environ_of, run_authsvc
from tests.stories.standing import CHANGE, signed_in
from tests.world import Seeded, World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

Call = Callable[..., tuple[int, str]]
LETTER = "Құрметті әріптестер! Келісім күшіне енді.\n".encode()


@dataclass(frozen=True)
class Told:
    """A case as a court gets it, and the data directory that it came from, stopped."""

    package: Path
    trust: Path
    out: Path


@pytest.fixture(scope="module")
async def told(anyio_backend: object, seeded_sqlite: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A login, two confirmations and two documents signed by EDS, exported for a court."""
    out = tmp_path_factory.mktemp("case")
    async with seeded_sqlite.served(out) as world:
        here = await signed_in(world)
        acts = [here.tokens.claims["authentication_record"]]
        acts += [
            (await here.confirm(await here.ask()))["record"],
            (await here.decline(await here.ask(CHANGE)))["record"],
        ]
        pki = world.people.pki
        for authority, detached in ((pki.authority("gost"), False), (pki.authority("ecdsa"), True)):
            person = authority.issue_person(name=world.citizen["name"], iin=world.citizen["iin"])
            signed = sign_cms(LETTER, [person], signing_time=world.clock.now(), detached=detached)
            body = {"signed": b64(signed), "keep": True, **({"content": b64(LETTER)} if detached else {})}
            acts.append((await here.bank.call("POST", "/v1/signatures", body)).json()["records"][0]["id"])
        case = Case(acts=tuple(acts), recipient="суд", ground="2-1147", request="Определение суда".encode())
        (out / "court-package.zip").write_bytes(await export_case(world.svc, case))
        (out / "trust.json").write_bytes(print_trust(await world.trust()))
    return Told(out / "court-package.zip", out / "trust.json", out)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """The command line in this process: (status, what it printed)."""

    def run(*words: str | Path) -> tuple[int, str]:
        capsys.readouterr()
        status = cli.main(["evidence", *map(str, words)])
        return status, capsys.readouterr().out

    return run


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def changed(told: Told, path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of the package with each file passed through `change`; None leaves a file out."""
    copy = BytesIO()
    with ZipFile(told.package) as source, ZipFile(copy, "w") as target:
        for info in source.infolist():
            data = change(info.filename, source.read(info))
            if data is not None:
                target.writestr(info, data, compress_type=info.compress_type)
    path.write_bytes(copy.getvalue())
    return path


@pytest.mark.parametrize(
    ("locale", "test", "verdict"),
    [
        ("kk", "СЫНАҚ", "ЖАРАМДЫ"),
        ("ru", "ТЕСТ", "ДЕЙСТВИТЕЛЕН"),
        ("en", "TEST", "VALID"),
    ],
)
def test_a_true_package_is_valid_and_says_test_first(
    told: Told, call: Call, locale: str, test: str, verdict: str
) -> None:
    status, said = call("check", told.package, "--trust", told.trust, "--lang", locale)
    assert status == 0
    lines = said.strip().splitlines()
    assert lines[0].startswith(f"{test}:")
    assert lines[-1].startswith(f"{verdict}: ")
    assert [line.split(".")[0].strip() for line in lines if re.match(r" ?\d+\. ", line)] == [
        str(n) for n in range(1, 16)
    ]


def test_as_json_it_names_every_check_and_record(told: Told) -> None:
    done = run_authsvc("evidence", "check", told.package, "--trust", told.trust, "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"], said["environment"]) == (0, "VALID", "test")
    assert {check["outcome"] for check in said["checks"]} <= {"holds", "not_made"}
    kinds = [record["type"] for record in said["records"]]
    assert kinds.count("confirmation") == 2
    assert kinds.count("signature_verification") == 2
    assert kinds.count("authentication") == 1
    assert kinds[-1] == "export"
    assert {record["verdict"] for record in said["records"]} == {"VALID"}


def test_without_trust_from_elsewhere_its_origin_is_not_confirmed(told: Told) -> None:
    done = run_authsvc("evidence", "check", told.package, "--json")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (2, "NOT_CONFIRMED")


def test_one_bit_changed_in_a_record_is_invalid_and_named(told: Told, tmp_path: Path) -> None:
    place = ""

    def flip(name: str, data: bytes) -> bytes:
        nonlocal place
        if not name.startswith("records/") or b'"outcome":"confirmed"' not in data:
            return data
        place = name
        at = data.index(b'"outcome":"') + 12
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    package = changed(told, tmp_path / "package.zip", flip)
    done = run_authsvc("evidence", "check", package, "--trust", told.trust, "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"]) == (1, "INVALID")
    bad = [record["path"] for record in said["records"] if record["verdict"] != "VALID"]
    assert bad == [place]
    assert place in {finding["where"] for check in said["checks"] for finding in check["findings"]}


@pytest.mark.parametrize("what", ["disclosure", "proof", "signed document", "blob", "anchor", "left out record"])
def test_anything_else_changed_or_left_out_is_never_valid(told: Told, call: Call, tmp_path: Path, what: str) -> None:
    def change(name: str, data: bytes) -> bytes | None:
        if what == "disclosure" and name.startswith("disclosures/"):
            return data.replace(b'"tries"', b'"trees"', 1)
        if what == "proof" and name == "proofs/0004.tlog-proof":
            return data.replace(b"index ", b"index 1", 1)
        if what == "signed document" and name == "documents/0001/signed":
            return data[:-1] + bytes([data[-1] ^ 1])
        if what == "blob" and name.startswith("blobs/"):
            return data + b" "
        if what == "anchor" and "/anchors/" in name:
            return data[:-1] + bytes([data[-1] ^ 1])
        if what == "left out record" and "/0006." in name:
            return None
        return data

    package = changed(told, tmp_path / "package.zip", change)
    assert package.read_bytes() != told.package.read_bytes()
    status, said = call("check", package, "--trust", told.trust, "--json")
    assert (status, json.loads(said)["verdict"]) == (1, "INVALID")


def test_under_the_trust_of_another_log_it_is_not_valid(told: Told, call: Call, tmp_path: Path) -> None:
    trust = json.loads(told.trust.read_text())
    for member, value in (("genesis", "0" * 64), ("origin", "test.other.example/1")):
        (tmp_path / "trust.json").write_text(json.dumps({**trust, member: value}))
        status, said = call("check", told.package, "--trust", tmp_path / "trust.json", "--json")
        assert status in (1, 2)
        assert json.loads(said)["verdict"] in ("INVALID", "NOT_CONFIRMED")


def test_what_is_no_package_and_what_is_no_call_have_their_own_statuses(told: Told, call: Call, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "empty.zip").write_bytes(b"")
    for name in ("letter.pdf", "empty.zip"):
        said = call("check", tmp_path / name, "--trust", told.trust, "--lang", "ru")
        assert said == (65, "Этот файл не является судебным пакетом.\n")
    done = run_authsvc("evidence", "check", told.trust, "--json")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (65, "NOT_A_PACKAGE")
    for words in ((tmp_path / "absent.zip",), (told.package, "--trust", told.package)):
        assert call("check", *words) == (64, "")


def test_the_report_inside_can_be_read_without_a_network_and_names_what_it_is(told: Told) -> None:
    with ZipFile(told.package) as package:
        report = package.read("report.html").decode()
        how_to = {locale: package.read(f"verify/HOW-TO.{locale}.txt").decode() for locale in ("kk", "ru", "en")}
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", report)
    assert "<script" not in report
    for words in ("ТЕСТ", "СЫНАҚ", "TEST", "не является электронной цифровой подписью", "ТОО «Жібек жолы»"):
        assert words in report
    assert all("authsvc evidence check" in text for text in how_to.values())


async def test_an_operator_exports_a_case_beside_the_running_service_and_it_meets_the_receipts(
    world: World, call: Call, tmp_path: Path
) -> None:
    here = await signed_in(world)
    one, two = await here.confirm(await here.ask()), await here.decline(await here.ask(CHANGE))
    for name, ended in (("one", one), ("two", two)):
        (tmp_path / name).write_text(ended["receipt"])
    package, trust = tmp_path / "package.zip", tmp_path / "trust.json"
    (tmp_path / "order.txt").write_text("Определение суда")
    words: list[str | Path] = [
        "export",
        "--act",
        one["record"],
        "--recipient",
        "суд",
        "--ground",
        "2-1147",
        "--out",
        package,
    ]
    words += ["--request", tmp_path / "order.txt", "--trust-out", trust]
    settings = environ_of(world.svc.settings)
    done = await asyncio.to_thread(run_authsvc, "evidence", *words, settings=settings)
    assert (done.returncode, done.stderr) == (0, "approved by: nobody; the package says so (test environment)\n")
    checks = [
        ((), 0),
        (("--receipt", tmp_path / "one"), 0),
        (("--receipt", tmp_path / "one", "--receipt", tmp_path / "two"), 2),  # of an act that is not in this case
        (("--receipt", tmp_path / "order.txt"), 2),
    ]
    for more, wanted in checks:
        status, said = call("check", package, "--trust", trust, *more, "--json")
        assert status == wanted, (more, said[-2000:])
    # The command may end before its witnesses have answered; the service asks them again after a pause.
    world.clock.move(10_000)
    for _ in range(100):
        if exported := (await world.check_log()).of_type("export"):
            break
        world.svc.publishing.wake()
        await asyncio.sleep(0.1)
    assert [entry.body["export_kind"] for entry in exported] == ["court"]


async def test_all_records_of_a_person_are_exported_and_nobody_elses(world: World, call: Call, tmp_path: Path) -> None:
    aigul = await signed_in(world)
    await aigul.confirm(await aigul.ask())
    ivan = await signed_in(world, login="ivan")
    strange = await ivan.confirm(await ivan.ask())
    package, trust = tmp_path / "package.zip", tmp_path / "trust.json"
    package.write_bytes(await export_case(world.svc, Case(subject=f"iin:{world.citizen['iin']}")))
    trust.write_bytes(print_trust(await world.trust()))
    status, said = call("check", package, "--trust", trust, "--json")
    assert (status, json.loads(said)["verdict"]) == (0, "VALID")
    assert strange["record"] not in {record["id"] for record in json.loads(said)["records"]}
    with ZipFile(package) as files:
        everything = b"".join(files.read(name) for name in files.namelist())
    assert world.citizen["iin"].encode() in everything
    assert world.person("ivan")["iin"].encode() not in everything
    assert world.person("ivan")["name"].encode() not in everything


async def test_an_export_of_nothing_or_of_an_unknown_record_is_refused(world: World, tmp_path: Path) -> None:
    settings = environ_of(world.svc.settings)
    words = ("--act", "01900000-0000-7000-8000-000000000000", "--out", tmp_path / "package.zip")
    done = await asyncio.to_thread(run_authsvc, "evidence", "export", *words, settings=settings)
    assert done.returncode == 1
    assert done.stderr == "authsvc: no record 01900000-0000-7000-8000-000000000000\n"
    assert not (tmp_path / "package.zip").exists()
    for case in (Case(), Case(subject="iin:000000000000")):
        with pytest.raises(InvalidRequest):
            await export_case(world.svc, case)
    assert (await world.check_log()).of_type("export") == []


def test_fsck_computes_the_log_anew_and_names_the_entry_that_was_changed(
    told: Told, call: Call, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(told.out / "data", data)
    shutil.copy(told.out / "data.fence.json", tmp_path / "data.fence.json")
    status, said = call("fsck", "--data", data)
    assert status == 0
    assert re.fullmatch(r"\d+ entries computed anew: clean\n", said)

    with sqlite3.connect(data / "authsvc.sqlite") as database:
        triggers = [name for (name,) in database.execute("select name from sqlite_master where type = 'trigger'")]
        assert triggers
        with pytest.raises(sqlite3.Error):
            database.execute("update entry set body = x'00'")
        for name in triggers:
            database.execute(f"drop trigger {name}")
        found = database.execute("select idx, body from entry where type = 'confirmation' limit 1").fetchone()
        body = bytes(found[1]).replace(b'"confirmed"', b'"declined"')
        database.execute("update entry set body = ? where idx = ?", (body, found[0]))
    database.close()
    status, said = call("fsck", "--data", data)
    assert status == 1
    assert f"entry {found[0]}: " in said


def test_fsck_sees_that_the_end_of_the_log_was_cut_off(told: Told, call: Call, tmp_path: Path) -> None:
    shutil.copytree(told.out / "data", tmp_path / "data")
    fence = json.loads((told.out / "data.fence.json").read_text())
    (tmp_path / "data.fence.json").write_text(json.dumps({**fence, "size": fence["size"] + 1}))
    status, said = call("fsck", "--data", tmp_path / "data")
    assert (status, "clean" in said) == (1, False)


def test_the_verifier_that_lies_in_the_package_runs_on_a_bare_python_and_agrees(told: Told, tmp_path: Path) -> None:
    """As an expert does it: take verify.py out, compare its hash with trust.json, run it with nothing installed."""
    with ZipFile(told.package) as package:
        files = {name: package.read(name) for name in ("verify/verify.py", "verify/verify.html")}
    named = json.loads(told.trust.read_bytes())["verifiers"].values()
    assert {hashlib.sha256(data).hexdigest() for data in files.values()} <= set(named)
    (tmp_path / "verify.py").write_bytes(files["verify/verify.py"])
    command = [sys.executable, "-I", "-S", "verify.py", told.package, "--trust", told.trust, "--lang", "kk"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("СЫНАҚ:")
    assert [line.split(":")[0] for line in lines[-3:]] == ["ЖАРАМДЫ", "ДЕЙСТВИТЕЛЕН", "VALID"]
    assert "electronic digital signatures" in lines[-1]


def test_a_verifier_exchanged_in_the_package_is_noticed(told: Told, call: Call, tmp_path: Path) -> None:
    """Attack 61, by somebody who leaves the custody record as it is; one who rewrites it is not confirmed."""
    forged = changed(
        told,
        tmp_path / "forged.zip",
        lambda name, data: b"print('VALID')\n" if name == "verify/verify.py" else data,
    )
    status, said = call("check", forged, "--trust", told.trust)
    assert status == 1
    assert "verify/verify.py" in said
    assert "none of the releases that trust.json names: do not run it" in said
