"""Backups: the drill on both databases, and what a changed, stale or foreign backup meets."""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc import accounts, app, backup, cli
from authsvc.accounts import Enrolment
from authsvc.clock import HandClock
from authsvc.errors import ConfigurationError
from authsvc.settings import Settings
from tests import postgres
from tests.command import environ_of

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture(params=["sqlite", "postgres"])
async def settings(
    request: pytest.FixtureRequest, anyio_backend: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Settings]:
    """A deployment with a log, and with PostgreSQL's own programs on PATH."""
    server = None
    database = str(tmp_path / "data" / "authsvc.sqlite")
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        database = await server.make_database()
        if (folder := postgres.programs()) is not None:
            monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    made = Settings(
        issuer="http://localhost:8000",
        log_origin="test.backup.example/1",
        database=database,
        keys_dir=tmp_path / "keys",
        trust_dir=tmp_path / "trust",
        fence_file=tmp_path / "outside" / "fence.json",
        environment="test",
    )
    (made.trust_dir / "anchors").mkdir(parents=True)
    await app.initialise(made, ground="tests")
    yield made
    if server is not None:
        await server.drop_database(database)


async def enrol(settings: Settings, *numbers: int) -> None:
    """So many more persons, with their records."""
    async with app.opened(settings, channels={}) as svc:
        for number in numbers:
            await accounts.enrol(
                svc,
                Enrolment(
                    login=f"aigul{number}",
                    password="құпия сөз ұзын 42",
                    totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
                    iin=f"{18900101300000 + number}"[2:],
                    name="Айгүл\tСерік\\қызы\nN",
                    locale="kk",
                    address=f"+7701000{number:04d}",
                    ground="tests",
                ),
            )


async def elsewhere(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The same deployment on a machine where no database is."""
    if not settings.database.startswith("postgres"):
        return replace(settings, database=str(tmp_path / "new" / "authsvc.sqlite"))
    server: postgres.Cluster = request.getfixturevalue("postgres_server")
    return replace(settings, database=await server.make_database())


async def test_the_drill_back_up_verify_lose_restore_recover(
    settings: Settings,
    clock: HandClock,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The whole way that an operator goes, the fence's word and the way back of the newest entries included."""
    await enrol(settings, 1, 2)
    folder = tmp_path / "backup"
    made = await backup.create(settings, folder, clock)
    manifest, found = await backup.verify(folder)
    assert found.faults == []
    assert (manifest, found.size) == (made, made.size)
    assert made.epochs
    await enrol(settings, 3)  # after the backup: what a restore alone would lose

    new = await elsewhere(settings, request, tmp_path)
    restored, mark = await backup.restore(new, folder)
    assert mark is not None
    assert mark.size > restored.size
    async with app.opened(new, channels={}) as svc:
        assert "does not extend" in str(svc.log.read_only_reason)
    back = await app.recover(new, [settings.database])
    assert (back.start, back.end) == (restored.size, mark.size)
    assert (await app.check_log(new)).faults == []
    async with app.opened(new, channels={}) as svc:
        assert svc.log.read_only_reason is None
        person = await accounts.person_by_login(svc, "aigul2")
        assert person is not None
        assert person.name == "Айгүл\tСерік\\қызы\nN"
    with pytest.raises(ConfigurationError, match="nothing is restored over a database"):
        await backup.restore(new, folder)


async def test_a_backup_is_made_beside_a_service_that_writes(
    settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    async with app.opened(settings, channels={}) as svc:
        size = (await backup.create(settings, tmp_path / "backup", clock)).size
        assert svc.log.read_only_reason is None
    await enrol(settings, 1)
    _, found = await backup.verify(tmp_path / "backup")
    assert (found.faults, found.size) == ([], size)


async def test_keys_key_store_and_fence_are_not_in_it(settings: Settings, clock: HandClock, tmp_path: Path) -> None:
    await backup.create(settings, tmp_path / "backup", clock)
    names = {path.name for path in (tmp_path / "backup").rglob("*")}
    assert names == {"manifest.json", "anchors", "trust"} | ({"database.dump", "database.sqlite"} & names)
    keys = json.loads((settings.keys_dir / "keys.json").read_text())
    secrets = [keys["master"], keys["log"], *keys["issuers"].values()]
    secrets += [path.read_text() for path in (settings.keys_dir / "epochs").rglob("*.json")]
    for path in (path for path in (tmp_path / "backup").rglob("*") if path.is_file()):
        assert path.stat().st_mode & 0o077 == 0 or path.name == "manifest.json"
        data = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in data]


class TestOnOneCopy:
    """Attacks on a backup of the embedded default."""

    @pytest.fixture
    async def folder(
        self, anyio_backend: object, tmp_path: Path, clock: HandClock, request: pytest.FixtureRequest
    ) -> Path:
        made = Settings(
            issuer="http://localhost:8000",
            log_origin="test.backup.example/1",
            database=str(tmp_path / "data" / "authsvc.sqlite"),
            keys_dir=tmp_path / "keys",
            trust_dir=tmp_path / "trust",
            fence_file=tmp_path / "outside" / "fence.json",
            environment="test",
        )
        await app.initialise(made, ground="tests")
        await enrol(made, 1)
        await backup.create(made, tmp_path / "backup", clock)
        return tmp_path / "backup"

    async def test_attack_a_byte_changed_anywhere_is_found(self, folder: Path) -> None:
        copy = folder / "database.sqlite"
        data = bytearray(copy.read_bytes())
        data[len(data) // 2] ^= 1
        copy.write_bytes(data)
        _, found = await backup.verify(folder)
        assert found.faults == ["database.sqlite: not the bytes that were backed up"]

    @pytest.mark.parametrize(
        ("statement", "words"),
        [
            ("delete from entry where idx = (select max(idx) from entry)", "entries"),
            ("update entry set body = cast(body || x'0a' as blob) where idx = 2", "entry 2"),
            ("update head set root = zeroblob(32)", "head"),
            ("delete from entry", "no log that can be read"),
        ],
    )
    async def test_attack_a_copy_changed_with_its_manifest_made_anew_is_found(
        self, folder: Path, statement: str, words: str
    ) -> None:
        with sqlite3.connect(folder / "database.sqlite") as database:
            for (trigger,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
                database.execute(f'drop trigger "{trigger}"')
            database.execute(statement)
        database.close()
        self.rewrite(folder, lambda told: None)
        _, found = await backup.verify(folder)
        assert [fault for fault in found.faults if words in fault], found.faults

    @pytest.mark.parametrize("member", ["root", "checkpoint", "genesis", "size"])
    async def test_attack_a_manifest_that_tells_something_else_than_the_copy_is_found(
        self, folder: Path, member: str
    ) -> None:
        other = {"root": "A" * 43 + "=", "checkpoint": "none", "genesis": "0" * 64, "size": 1}[member]
        self.rewrite(folder, lambda told: told.update({member: other}))
        _, found = await backup.verify(folder)
        assert found.faults

    async def test_attack_a_log_of_another_key_is_found(self, folder: Path, entropy: Callable[[int], bytes]) -> None:
        from authsvc.evidence.signers import Signers
        from authsvc.keys import generate

        stranger = Signers.of("test.backup.example/1", generate(entropy)).log.verifier
        _, found = await backup.verify(folder, stranger)
        assert [fault for fault in found.faults if "knows this log's key" in fault]

    async def test_files_that_are_missing_or_strange_are_named(self, folder: Path) -> None:
        (folder / "more").write_text("x")
        (folder / "database.sqlite").unlink()
        _, found = await backup.verify(folder)
        assert found.faults == ["database.sqlite: missing", "more: not in the manifest"]

    @pytest.mark.parametrize(
        "manifest", [b"", b"{}", b"[]", b'{"files": 1}', b"\xff", b'{"format": "authsvc/backup/v9", "files": []}']
    )
    async def test_attack_what_is_no_manifest_is_refused(self, folder: Path, manifest: bytes) -> None:
        (folder / "manifest.json").write_bytes(manifest)
        with pytest.raises(ConfigurationError, match="holds no backup"):
            await backup.verify(folder)

    async def test_attack_a_manifest_reaches_no_file_outside(self, folder: Path) -> None:
        told = json.loads((folder / "manifest.json").read_text())
        told["files"][0]["name"] = "../outside/fence.json"
        (folder / "manifest.json").write_text(json.dumps(told))
        with pytest.raises(ConfigurationError, match="outside of the backup"):
            await backup.verify(folder)

    async def test_a_backup_of_another_log_or_environment_is_not_restored(self, folder: Path, tmp_path: Path) -> None:
        for change in ({"log_origin": "test.other.example/1"}, {"environment": "production"}):
            other = Settings(
                issuer="https://id.example.kz",
                database=str(tmp_path / "new" / "authsvc.sqlite"),
                keys_dir=tmp_path / "keys",
                **{"log_origin": "test.backup.example/1", "environment": "test", **change},  # type: ignore[arg-type]
            )
            with pytest.raises(ConfigurationError, match="this is a backup of"):
                await backup.restore(other, folder)
            assert not (tmp_path / "new").exists()

    def test_the_commands_say_what_comes_next(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = Settings(
            issuer="http://localhost:8000",
            log_origin="test.backup.example/1",
            database=str(tmp_path / "data" / "authsvc.sqlite"),
            keys_dir=tmp_path / "keys",
            trust_dir=tmp_path / "trust",
            fence_file=tmp_path / "outside" / "fence.json",
            environment="test",
        )
        for name, value in environ_of(settings).items():
            monkeypatch.setenv(name, value)
        assert cli.main(["backup", "verify", str(folder)]) == 0
        assert "computed anew: clean" in capsys.readouterr().out
        assert cli.main(["backup", "create", str(folder)]) == 1
        assert "a backup gets a folder of its own" in capsys.readouterr().err
        assert cli.main(["backup", "restore", str(folder)]) == 1
        assert "nothing is restored over a database" in capsys.readouterr().err
        shutil.rmtree(tmp_path / "data")
        assert cli.main(["backup", "restore", str(folder)]) == 0
        assert "The fence agrees." in capsys.readouterr().out
        shutil.rmtree(tmp_path / "data")
        fence = json.loads(settings.fence_file.read_text())
        settings.fence_file.write_text(json.dumps({**fence, "size": fence["size"] + 3}))
        assert cli.main(["backup", "restore", str(folder)]) == 0
        told = capsys.readouterr().out
        assert "the last 3 are not in this backup" in told
        assert told.index("migrate") < told.index("evidence recover --from") < told.index("evidence fsck")
        shutil.rmtree(tmp_path / "data")
        settings.fence_file.unlink()
        assert cli.main(["backup", "restore", str(folder)]) == 0
        assert "There is no fence" in capsys.readouterr().out

    def rewrite(self, folder: Path, change: Callable[[dict[str, object]], object]) -> None:
        """The manifest made to fit the changed copy."""
        told = json.loads((folder / "manifest.json").read_text())
        data = (folder / "database.sqlite").read_bytes()
        for each in told["files"]:
            if each["name"] == "database.sqlite":
                each.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        change(told)
        (folder / "manifest.json").write_text(json.dumps(told))
