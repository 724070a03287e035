"""Attacks on the store followed to the court (evidence format, section 14, cases 1-3): whoever edits a record in the
database, with its leaf hash, with its tile too, exports a package that both verifiers refuse with the reason."""

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from authsvc import cases, cli, confirm
from authsvc.errors import ReadOnly
from authsvc.evidence.trust import print_trust
from tests.authsvc.evidence.logs import Bench
from tests.authsvc.evidence.test_store_attacks import forge
from tests.authsvc.services import Party

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CHANGED = "the record's signature does not verify: the record was changed (records/0002.note#signature)"


async def confirmed(party: Party) -> str:
    """A confirmation, and the id of its record."""
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    return (await confirm.read(party.svc, party.asker.client_id, request_id)).record or ""


async def exported(party: Party, record: str, folder: Path) -> tuple[Path, Path]:
    """The package and trust.json, as files."""
    case = cases.Case(acts=(record,), recipient="court", ground="2-1147", request=b"order")
    package, trust = folder / "package.zip", folder / "trust.json"
    trust.write_bytes(print_trust(await cases.trust_of(party.svc)))
    package.write_bytes(await cases.export_case(party.svc, case))
    return package, trust


def judged(package: Path, trust: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[int, str]]:
    """(status, words) of `authsvc evidence check` and of the packaged `verify.py`, each by itself."""
    capsys.readouterr()
    status = cli.main(["evidence", "check", str(package), "--trust", str(trust), "--lang", "en"])
    said = [(status, capsys.readouterr().out)]
    with ZipFile(BytesIO(package.read_bytes())) as archive:
        verifier = package.with_name("verify.py")
        verifier.write_bytes(archive.read("verify/verify.py"))
    words = [sys.executable, "-I", str(verifier), str(package), "--trust", str(trust), "--lang", "en"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return [*said, (done.returncode, done.stdout)]


async def test_an_edited_record_ends_in_a_package_that_is_refused(
    party: Party, tmp_path: Path, entropy: Callable[[int], bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    svc, record = party.svc, await confirmed(party)
    await confirmed(party)
    row = await svc.store.one("select idx from entry where record_id = $1", record)
    assert row is not None
    for status, said in judged(*await exported(party, record, tmp_path), capsys):
        assert status == 0, said
        assert "INVALID" not in said
    key_store = svc.log.vault.epochs.key_store
    bench = Bench(svc.store, svc.keys, svc.log._fence, party.clock, entropy, svc.log, key_store)  # type: ignore[arg-type]
    for more in ({}, {"leaf": True}, {"leaf": True, "tile": True}):
        await svc.log._move_fence()  # a fence that stood lower would refuse to sign the third one's export
        await forge(bench, row["idx"], **more)
        svc.log._edge = {}  # as in a process that starts on these rows
        for status, said in judged(*await exported(party, record, tmp_path), capsys):
            assert status == 1, said
            assert said.strip().splitlines()[-1] == f"INVALID: {CHANGED}."
            place = f"the record does not stand at place {row['idx']} of the log (proofs/0002.tlog-proof)"
            assert place in said


async def test_3_a_forged_tile_stops_the_export_where_the_fence_remembers_a_smaller_tree(
    party: Party, tmp_path: Path, entropy: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("authsvc.evidence.log.FENCE_LAG", 600.0)
    svc, record = party.svc, await confirmed(party)
    await svc.log._move_fence()
    await confirmed(party)
    row = await svc.store.one("select idx from entry where record_id = $1", record)
    assert row is not None
    key_store = svc.log.vault.epochs.key_store
    bench = Bench(svc.store, svc.keys, svc.log._fence, party.clock, entropy, svc.log, key_store)  # type: ignore[arg-type]
    await forge(bench, row["idx"], leaf=True, tile=True)
    with pytest.raises(ReadOnly, match="does not extend"):
        await exported(party, record, tmp_path)
