"""The published table of levels says what the code does."""

from pathlib import Path

from authsvc.login.decide import COMBINATIONS, EDS, PASSKEY, assure
from confirmations.assurance import ACRS, VOUCHED

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "levels.md").read_text(encoding="utf-8")


def rows(after: str) -> list[list[str]]:
    table = TEXT.split(after, 1)[1].split("\n\n", 1)[0].strip().splitlines()
    return [[cell.strip(" `") for cell in row.strip("|").split(" | ")] for row in table[2:]]


def test_every_way_to_sign_in_has_its_row_with_acr_amr_and_level() -> None:
    told = {row[0]: row[1:] for row in rows("<!-- table: ways -->\n")}
    ways = {*COMBINATIONS.values(), PASSKEY, *EDS.values()}
    known = {}
    for way in ways:
        assurance = assure(way)
        known[", ".join(way)] = [assurance.acr, " ".join(assurance.amr), assurance.level]
    assert told == known


def test_every_acr_has_its_row() -> None:
    assert [row[0] for row in rows("what was asked for.\n\n")] == [*ACRS, VOUCHED]
