"""The auditor's file is kept by the code: no row without a state, no test or file that is named and not there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from authsvc.evidence.schema import SCHEMAS
from authsvc.store import migrations

ROOT = Path(__file__).resolve().parents[1]
DOSSIER = ROOT / "docs/dossier"
STATES = ("met", "partly", "open")
SOURCES = ("verified", "as summarised", "not verified")
LAW = re.findall(
    r"\S+",
    "L1 L1a L1b L2 L3 L4 L5 L6 L6a L7 L8 L9 L10 L11 L12 L13 L14 L15 L16 L17 L18 L19 L20 L20a L20b L21 L22 L23 L24 L25"
    " L26 L27 L28 L29 L29a L30 L31 L32 L33 L34",
)
"""The rows of the reference on law."""
ASVS = {1: 30, 2: 13, 3: 31, 4: 16, 5: 13, 6: 47, 7: 19, 8: 13, 9: 7, 10: 36, 11: 24, 12: 12, 13: 21, 14: 13, 15: 21}
ASVS |= {16: 17, 17: 12}
"""Requirements of each chapter."""
OPERATIONS = [*(f"1.{n}" for n in range(1, 23)), *(f"5.{n}" for n in range(1, 19)), *(f"6.{n}" for n in range(1, 10))]


def read(name: str) -> Any:
    return tomllib.loads((DOSSIER / name).read_text(encoding="utf-8"))


def missing(test: str) -> str:
    """Why this test is none; empty when it is there."""
    path, _, name = test.partition("::")
    if not (ROOT / path).exists():
        return f"{path} is not there"
    if name and not re.search(rf"^\s*(async )?def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE):
        return f"{path} has no {name}"
    return ""


@pytest.mark.parametrize(("name", "ids"), [("law.toml", LAW), ("operations.toml", OPERATIONS)])
def test_every_row_has_a_state_and_its_tests_or_what_is_open(name: str, ids: list[str]) -> None:
    rows = read(name)["row"]
    assert [row["id"] for row in rows] == ids
    for row in rows:
        assert row["state"] in STATES, row
        assert row["feature"], row
        assert [fault for test in row["tests"] if (fault := missing(test))] == [], row["id"]
        if row["state"] == "open":
            assert row["open"], row
        else:
            assert row["tests"], f"{row['id']} is {row['state']} and names no test"
        if row["state"] == "partly":
            assert row["open"], f"{row['id']} is partly met and does not say what is open"


def test_every_duty_says_how_well_it_is_known() -> None:
    assert {row["source"] for row in read("law.toml")["row"]} == set(SOURCES)


def test_no_row_claims_an_article() -> None:
    for name in ("law.toml", "operations.toml", "threat-model.md", "roles.md"):
        text = (DOSSIER / name).read_text(encoding="utf-8")
        assert not re.search(r"\b(article|статья|бап)\b", text, re.IGNORECASE), name


def test_the_data_map_has_every_record_type() -> None:
    told = read("data-map.toml")
    assert set(told["record"]) == set(SCHEMAS)
    for name, row in {**told["record"], **told["table"]}.items():
        assert set(row) == {"purpose", "personal", "retention", "place"}, name
        assert all(row.values()), name


def test_a_record_type_with_a_person_in_it_is_sealed() -> None:
    told = read("data-map.toml")["record"]
    for name, schema in SCHEMAS.items():
        persons = [slot.name for slot in schema.slots if slot.name.endswith("_subject")]
        if persons:
            assert told[name]["personal"] == "sealed", name


def test_every_table_of_the_data_map_exists() -> None:
    made = set(re.findall(r"create table (?:if not exists )?(\w+)", "\n".join(ddl for _, ddl in migrations("sqlite"))))
    assert set(read("data-map.toml")["table"]) <= made


def test_every_use_of_cryptography_names_its_file_and_its_key() -> None:
    rows = read("crypto-inventory.toml")["row"]
    assert len({row["use"] for row in rows}) == len(rows) >= 12
    for row in rows:
        assert (ROOT / row["file"]).is_file(), row
        assert int(row["bits"]) >= 112
        assert row["algorithm"]
        assert row["post_quantum"]
        assert row["key"]


def test_every_component_of_the_threat_model_names_tests_that_exist() -> None:
    text = (DOSSIER / "threat-model.md").read_text(encoding="utf-8")
    rows = [
        line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| ---", "| Component"))
    ]
    assert len(rows) > 10
    for row in rows:
        tests = re.findall(r"`(tests/[^`]+)`", row)
        assert tests, row
        assert [fault for test in tests if (fault := missing(test))] == []


def test_upgrading_names_every_release_and_the_way_back() -> None:
    text = (ROOT / "UPGRADING.md").read_text(encoding="utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## To {version}\n" in text
    assert "**Back**" in text
    assert text.index("authsvc backup create") < text.index("authsvc migrate") < text.index("authsvc evidence fsck")


def test_every_requirement_of_asvs_has_a_state_and_a_met_one_its_tests() -> None:
    rows = read("asvs.toml")
    assert {chapter: sum(key.startswith(f"{chapter}.") for key in rows) for chapter in ASVS} == ASVS
    assert len(rows) == 345
    for key, row in rows.items():
        assert row["level"] in (1, 2, 3), key
        assert row["state"] in ("met", "open", "not applicable"), key
        assert (row["state"] == "met") == bool(row.get("tests")), key
        assert [fault for test in row.get("tests", []) if (fault := missing(test))] == [], key
