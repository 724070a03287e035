"""`authsvc doctor`: each thing that goes wrong is found, told with its number, its command and its runbook entry."""

import os
import re
import shlex
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from authsvc import app, cli, doctor, worker
from authsvc.clock import HandClock, SystemClock
from authsvc.doctor import RUNBOOK, examine
from authsvc.evidence.fence import FileFence, Mark
from authsvc.settings import Settings
from authsvc.store.sqlite import open_sqlite
from tests.command import ROOT, environ_of

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

Usage = namedtuple("Usage", "total used free")
QUIET = {"channels", "anchors"}
"""Found in every deployment of these tests: no gateway and no authority is set."""


@pytest.fixture
async def settings(anyio_backend: object, tmp_path: Path) -> Settings:
    made = Settings(
        issuer="http://localhost:8000",
        log_origin="test.doctor.example/1",
        database=str(tmp_path / "data" / "authsvc.sqlite"),
        keys_dir=tmp_path / "keys",
        trust_dir=tmp_path / "trust",
        fence_file=tmp_path / "outside" / "fence.json",
        environment="test",
    )
    await app.initialise(made, ground="tests")
    return made


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine of the tests may be full; that is not what they are about."""
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: Usage(10**12, 10**11, 9 * 10**11))


async def found(settings: Settings, clock: HandClock | SystemClock | None = None) -> dict[str, str]:
    """Code to sentence of what is found beside the quiet ones."""
    findings = await examine(settings, clock or SystemClock())
    return {each.code: each.sentence for each in findings if each.code not in QUIET}


async def test_a_well_deployment_needs_nobody(settings: Settings) -> None:
    assert await found(settings) == {}
    assert {each.code for each in await examine(settings, SystemClock())} == QUIET


async def test_a_database_behind_its_fence_is_found(settings: Settings) -> None:
    FileFence(settings.fence_file).move(Mark(99, bytes(32)))
    assert "does not extend the size 99" in (await found(settings))["fence"]


async def test_a_missing_and_a_damaged_fence_are_found(settings: Settings) -> None:
    settings.fence_file.write_text("{")
    assert "can't be read" in (await found(settings))["fence"]
    settings.fence_file.unlink()
    assert "no fence is there" in (await found(settings))["fence"]


async def test_a_clock_behind_the_log_is_found(settings: Settings) -> None:
    clock = HandClock(SystemClock().now() - 3_600_000)
    assert re.search(r"the clock is 3[56]\d\d s behind", (await found(settings, clock))["clock"])


async def test_a_database_that_is_no_database_or_has_no_log_is_found(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"no database" * 1000)
    assert set(await found(replace(settings, database=str(tmp_path / "junk")))) == {"database"}
    empty = open_sqlite(tmp_path / "empty.sqlite")
    assert set(await found(replace(settings, database=str(tmp_path / "empty.sqlite")))) == {"schema"}
    await empty.migrate()
    await empty.close()
    assert set(await found(replace(settings, database=str(tmp_path / "empty.sqlite")))) == {"database"}
    refused = await found(replace(settings, database="postgresql://u:secret@127.0.0.1:1/none"))
    assert "secret" not in refused["database"]


async def test_messages_that_wait_are_found_with_their_number_and_age(settings: Settings) -> None:
    now = SystemClock().now()
    store = open_sqlite(Path(settings.database))

    async def post(tx: object) -> None:
        await tx.run(  # type: ignore[attr-defined]
            "insert into outbox (id, channel, request_id, sealed, attempts, due_at, created_at)"
            " values ('d', 'sms', 'r', $1, 1, $2, $3)",
            b"",
            now,
            now - 600_000,
        )

    await store.transact(post)
    await store.close()
    assert re.match(r"1 messages wait, the oldest for 6\d\d s", (await found(settings))["outbox"])


async def test_time_stamps_that_do_not_come_are_found(settings: Settings) -> None:
    from authsvc.settings import Tsa

    later = HandClock(SystemClock().now() + 2_000_000)
    findings = await examine(replace(settings, tsa=(Tsa("https://tsa.example.kz"),)), later)
    assert [each for each in findings if each.code == "anchors" and "no time stamp for" in each.sentence]


async def test_keys_that_others_can_read_and_a_root_key_left_online_are_found(settings: Settings) -> None:
    (settings.keys_dir / "keys.json").chmod(0o644)
    assert "chmod 600" in (await found(settings))["keys"]
    (settings.keys_dir / "keys.json").chmod(0o600)
    production = replace(settings, environment="production")
    assert "root-key" in await found(production)
    (settings.keys_dir / "root.json").unlink()
    assert "root-key" not in await found(production)


async def test_certificates_and_crls_that_end_are_found_by_the_name_of_their_file(settings: Settings) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test CA")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    soon = made.not_valid_before(now - timedelta(days=300)).not_valid_after(now + timedelta(days=9, hours=1))
    crl = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(now - timedelta(days=9))
    old = crl.next_update(now - timedelta(hours=5, minutes=1)).sign(key, hashes.SHA256())
    (settings.trust_dir / "anchors").mkdir(parents=True, exist_ok=True)
    (settings.trust_dir / "evidence").mkdir(parents=True, exist_ok=True)
    certificate = soon.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    (settings.trust_dir / "anchors" / "soon.cer").write_bytes(certificate)
    (settings.trust_dir / "evidence" / "old.crl").write_bytes(old.public_bytes(Encoding.PEM))
    told = await found(settings)
    assert told["certificates"] == "soon.cer: a certificate ends in 9 days"
    assert told["crl"] == "old.crl: a CRL is 5 hours past its next update"


async def test_a_disk_that_fills_is_found_with_its_days(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    full = doctor.shutil.disk_usage(settings.keys_dir)._replace(free=100_000)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: full)
    told = await found(settings)
    assert told["disk"].startswith("0 MiB are left where ")
    assert re.fullmatch(r"at last week's pace the disk is full in \d+ days", told["days-left"])


async def test_on_postgresql_a_worker_that_never_ran_or_fell_silent_is_found(
    settings: Settings, empty_postgres_url: str, tmp_path: Path
) -> None:
    shared = replace(
        settings, database=empty_postgres_url, keys_dir=tmp_path / "k", fence_file=tmp_path / "fence-2.json"
    )
    await app.initialise(shared, ground="tests")
    assert "no worker ever ran" in (await found(shared))["worker"]
    async with app.opened(shared, channels={}) as svc:
        (beat,) = [job for job in worker.JOBS if job.name == "heartbeat"]
        await beat.run(svc)
        assert "worker" not in await found(shared)
        later = HandClock(SystemClock().now() + 90_000)
        assert re.match(r"no worker runs for [89]\d s", (await found(shared, later))["worker"])


async def test_each_process_on_postgresql_says_that_no_worker_runs(
    settings: Settings, empty_postgres_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shared = replace(
        settings, database=empty_postgres_url, keys_dir=tmp_path / "k", fence_file=tmp_path / "fence-2.json"
    )
    await app.initialise(shared, ground="tests")
    jobs = {job.name: job for job in worker.JOBS}
    assert jobs["miss_worker"] in worker.OWN
    for place, told in ((shared, True), (settings, False)):
        caplog.clear()
        async with app.opened(place, channels={}) as svc:
            await jobs["miss_worker"].run(svc)
            assert ("no `authsvc worker` runs" in caplog.text) is told
            await jobs["heartbeat"].run(svc)
            caplog.clear()
            await jobs["miss_worker"].run(svc)
            assert caplog.text == ""


def test_the_command_ends_with_one_sentence_and_one_command_for_each_finding(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ_of(settings).items():
        monkeypatch.setenv(name, value)
    assert cli.main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert told.count("  -> ") == 2
    assert told.count("docs/runbook.md#") == 2
    assert told.endswith("2 things need you: begin with anchors.\n")
    monkeypatch.setenv("AUTHSVC_FENCE_FIEL", "x")
    assert cli.main(["doctor"]) == 1
    assert "did you mean fence_file?" in capsys.readouterr().out


def entries() -> dict[str, str]:
    """Heading to text of each runbook entry."""
    parts = re.split(r"^## (.+)$", (ROOT / "docs/runbook.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_finding_has_its_runbook_entry_which_begins_with_its_command() -> None:
    runbook = entries()
    for code, command in RUNBOOK.items():
        assert code in runbook
        first = command.split(" --from")[0]
        assert first in runbook[code], code


def test_every_command_of_the_runbook_that_needs_only_settings_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [each for each in os.environ if each.startswith("AUTHSVC_")]:
        monkeypatch.delenv(name)
    for name, value in environ_of(settings).items():
        monkeypatch.setenv(name, value)
    blocks = re.findall(r"^```(?:sh)?\n(.*?)^```$", "\n".join(entries().values()), re.DOTALL | re.MULTILINE)
    ran = set()
    for line in sorted({line for block in blocks for line in block.splitlines()}):
        words = shlex.split(line)
        if words[0] != "authsvc" or {"--from", "--version", "--ground", "--request-out"} & {*words}:
            continue
        status = cli.main(words[1:])
        assert status == (1 if words[1] == "doctor" else 0), (line, capsys.readouterr())
        ran.add(line)
    assert {"authsvc config check", "authsvc evidence fsck", "authsvc migrate", "authsvc keys list"} <= ran
