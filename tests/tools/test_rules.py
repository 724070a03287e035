"""The rules of the repository: each catches what it is for, and lets the ordinary pass."""

from pathlib import Path

import pytest

from tools import rules

HOST, PLACE = "https://files.python" + "hosted.org/x", "/ro" + "ot/x"


@pytest.mark.parametrize(
    "line",
    [
        f"index = '{HOST}'",
        f"open('{PLACE}')",
        "raise Not" + "ImplementedError",
        "# TO" + "DO: later",
        "x = 1  # no" + "qa",
        "x = 1  # no" + "qa: S101",
        "x = 1  # type: ig" + "nore",
        "x = 1  # type: ig" + "nore[arg-type]",
        "    except Exception: " + "pass",
    ],
)
def test_a_line_that_breaks_a_rule_is_named(line: str) -> None:
    assert list(rules.objections(line, code=True))


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # no" + "qa: S311  # jitter, no secret",
        "x = 1  # type: ig" + "nore[arg-type] # the stub is wrong",
        "issuer/root/key, ../work/x, a.work/b",
        "# the root of the tree",
    ],
)
def test_an_ordinary_line_passes(line: str) -> None:
    assert not list(rules.objections(line, code=True))


def test_prose_may_speak_of_unfinished_work_but_not_of_hosts() -> None:
    assert not list(rules.objections("TO" + "DO", code=False))
    assert list(rules.objections(HOST, code=False))


def test_a_lock_is_read_with_extras_markers_and_hashes(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("# by hand\nUvicorn[standard]==0.5 ; sys_platform == 'linux' \\\n    --hash=sha256:aa\nbare==1\n")
    assert rules.read_lock(lock) == {"uvicorn": ("0.5", True), "bare": ("1", False)}


def test_a_function_too_long_is_measured_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("def short():\n    pass\n\n\nasync def long():\n" + "    pass\n" * 41)
    measured = {what: size for what, size, _ in rules.measured(path, "long.py")}
    assert measured == {"long.py": 46, "long.py:short": 2, "long.py:long": 42}


def test_every_installed_package_has_a_licence_on_the_list() -> None:
    assert list(rules.licences()) == []


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["0001_a", "0002_b"], 0),
        (["0001_a", "0001_b"], 1),
        (["0001_a", "0003_b"], 1),
        (["0002_a"], 1),
    ],
)
def test_migrations_stand_in_a_row_each_number_once(tmp_path: Path, names: list[str], found: int) -> None:
    for name in names:
        for database in ("sqlite", "postgres"):
            (tmp_path / f"{name}.{database}.sql").touch()
    assert len(list(rules.migrations(tmp_path))) == found
    assert not list(rules.migrations(rules.SCHEMA))


def test_a_migration_has_a_text_for_each_database(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sqlite.sql").touch()
    (finding,) = rules.migrations(tmp_path)
    assert "each database" in finding


@pytest.mark.parametrize(
    "statement",
    [
        "drop table person;",
        "drop table person; create table person (id text);",
        "DROP TABLE IF EXISTS person;",
        "alter table person drop column name;",
        "alter table person rename column name to called;",
        "alter table person rename to people;",
        "alter table person alter column name set not null;",
        "alter table person alter column name type bytea;",
        "alter table person add constraint named check (name <> '');",
        "alter table person add column born integer not null;",
        "alter table person\n    add column born integer -- default 0\n    not null;",
        "create unique index person_name on person (name);",
    ],
)
def test_a_migration_takes_nothing_away_from_the_release_that_still_runs(tmp_path: Path, statement: str) -> None:
    file = tmp_path / "0001_a.sqlite.sql"
    file.write_text(f"create table other (id text);\n{statement}\n")
    (finding,) = rules.expanding(tmp_path, {})
    assert "expand first" in finding
    assert list(rules.expanding(tmp_path, {"0001_a": "nobody writes it since 0.9"})) == []


@pytest.mark.parametrize(
    "statement",
    [
        "alter table person add column born integer;",
        "alter table person add column born integer not null default 0;",
        "create index person_born on person (born);",
        "create table place (id text not null); create unique index place_id on place (id);",
        "create table draft (id text); drop table draft;",
        "-- drop table person;",
        "drop index person_name;",
    ],
)
def test_a_migration_may_add(tmp_path: Path, statement: str) -> None:
    (tmp_path / "0001_a.sqlite.sql").write_text(statement)
    assert list(rules.expanding(tmp_path, {})) == []


def test_a_reason_without_a_migration_that_needs_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sqlite.sql").write_text("create table person (id text);")
    (finding,) = rules.expanding(tmp_path, {"0001_a": "once"})
    assert "takes nothing away" in finding
