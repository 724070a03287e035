"""Two answers compared: what a caller would see otherwise, and nothing of whose certificate it is."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from authsvc.facade.differences import Kind, compare, explain

HERE: dict[str, Any] = {
    "status": 200,
    "message": "OK",
    "valid": True,
    "indication": "INDETERMINATE",
    "subIndication": "REVOKED_NO_POE",
    "reasons": ["x"],
    "signers": [
        {
            "valid": True,
            "indication": "INDETERMINATE",
            "reasons": [{"code": "revocation.revoked", "text": "Омаров"}, {"code": "Омаров"}, 5],
            "tsp": {"genTime": "2026-01-02T03:04:05Z", "valid": True, "hash": "00ab"},
            "certificates": [
                {
                    "keyUsage": "SIGN",
                    "keyUser": ["INDIVIDUAL", "IDENTIFICATION"],
                    "serialNumber": "0f1e",
                    "notBefore": "2026-01-02T03:04:05Z",
                    "signature": "QUJD",
                    "signAlg": "RSA",
                    "subject": {"iin": "900101300017", "commonName": "ОМАРОВ"},
                    "issuer": None,
                }
            ],
        }
    ],
}


def there(**changes: Any) -> dict[str, Any]:
    """NCANode's answer to the same request: no members of ours, moments and numbers in its own form."""
    made = copy.deepcopy(HERE)
    for name in ("indication", "subIndication", "reasons"):
        del made[name]
    signer = made["signers"][0]
    del signer["indication"], signer["reasons"], signer["tsp"]["valid"]
    signer["tsp"]["genTime"] = "2026-01-02T08:04:05.678+05:00"
    signer["certificates"][0] |= {
        "keyUser": ["IDENTIFICATION", "INDIVIDUAL"],
        "serialNumber": "F1E",
        "notBefore": "2026-01-02T03:04:05.000+00:00",
        "signature": "QU\nJD",
    }
    signer["certificates"][0] |= changes
    return made


def test_forms_that_mean_the_same_and_members_of_ours_are_no_difference() -> None:
    assert compare(HERE, {**there(), "message": "Fine", "details": "Омаров"}) == []


@pytest.mark.parametrize(
    ("changes", "kind", "told"),
    [
        ({"keyUsage": "AUTH"}, Kind.VALUE, ("keyUsage", "SIGN", "AUTH")),
        ({"keyUsage": "900101300017"}, Kind.VALUE, ("keyUsage", "SIGN", "")),
        ({"keyUser": ["INDIVIDUAL", "ОМАРОВ"]}, Kind.VALUE, ("keyUser", "INDIVIDUAL IDENTIFICATION", "")),
        ({"serialNumber": "f1f"}, Kind.VALUE, ("serialNumber", "", "")),
        ({"notBefore": "2026-01-02T03:04:06Z"}, Kind.VALUE, ("notBefore", "", "")),
        ({"notBefore": "ОМАРОВ"}, Kind.VALUE, ("notBefore", "", "")),
        ({"subject": {"iin": "900101300018", "commonName": "ОМАРОВ"}}, Kind.VALUE, ("subject.iin", "", "")),
        ({"subject": {"iin": "900101300017"}}, Kind.ONLY_HERE, ("subject.commonName", "", "")),
        ({"subject": None}, Kind.ONLY_HERE, ("subject", "", "")),
        ({"issuer": {"iin": "900101300018"}}, Kind.ONLY_THERE, ("issuer", "", "")),
        ({"ОМАРОВ": "900101300018"}, Kind.ONLY_THERE, ("(unknown member)", "", "")),
    ],
)
def test_a_member_is_told_by_its_place_and_never_by_what_a_certificate_holds(
    changes: dict[str, Any], kind: Kind, told: tuple[str, str, str]
) -> None:
    (found,) = compare(HERE, there(**changes))
    member, *values = told
    assert found.member == f"signers[0].certificates[0].{member}"
    assert found.group == f"signers[].certificates[].{member}"
    assert (found.kind, [found.here, found.there], found.by_design) == (kind, values, False)
    assert not {"ОМАРОВ", "9001013"} & {part for part in ("ОМАРОВ", "9001013") if part in repr(found)}


def test_an_algorithm_s_name_differs_by_design_and_a_verdict_never_does() -> None:
    (found,) = compare(HERE, there(signAlg="1.2.398.3.10.1.1.1.2"))
    assert (found.by_design, found.here, found.there) == (True, "", "")
    other = {**there(), "valid": False, "status": 500, "signers": []}
    told = [(each.member, each.here, each.there, each.by_design) for each in compare(HERE, other)]
    assert told == [
        ("status", "200", "500", False),
        ("valid", "true", "false", False),
        ("signers[0]", "", "", False),
    ]


def test_our_verdict_is_told_in_codes_alone() -> None:
    assert explain(HERE) == "INDETERMINATE REVOKED_NO_POE revocation.revoked"
    assert explain({"indication": "ОМАРОВ", "signers": 7}) == explain(None) == ""


def test_what_lies_too_deep_is_a_difference_and_not_passed_over() -> None:
    deep: Any = {}
    for _ in range(500):
        deep = {"signers": deep}
    (found,) = compare(deep, deep)
    assert found.member.count("signers") == 9
