"""What an export by act pulls along besides the records that the act names (evidence format, section 12)."""

from dataclasses import replace

import pytest

from authsvc.evidence.canonical import Value
from authsvc.evidence.closure import ABOUT_ACTS, Closure
from authsvc.evidence.record import Entry, Kind, parse
from authsvc.evidence.schema import SCHEMAS
from tests.authsvc.evidence.samples import SAMPLES, confirmation, record_id, seal_sample

ACT, OTHER = record_id(500), record_id(501)


def opened(kind: Kind) -> tuple[Entry, dict[str, Value]]:
    sealed = seal_sample(kind)
    return parse(sealed.entry), {each.name: each.value for each in sealed.disclosures}


def closure() -> Closure:
    made = Closure()
    made.take(*opened(confirmation(500)))
    made.take(*opened(SAMPLES["credential"]))
    return made


@pytest.mark.parametrize("type_", sorted(ABOUT_ACTS))
def test_a_record_about_an_act_belongs_to_it_and_one_about_another_does_not(type_: str) -> None:
    assert "about" in {slot.name for slot in SCHEMAS[type_].slots}
    options = {"factor": "another"} if type_ == "credential" else {}
    assert closure().pulls(*opened(replace(SAMPLES[type_], about=(OTHER, ACT), **options)))  # type: ignore[type-var]
    assert not closure().pulls(*opened(replace(SAMPLES[type_], about=(OTHER,), **options)))  # type: ignore[type-var]


def test_a_change_of_the_enrolment_used_belongs_to_the_act() -> None:
    change = replace(SAMPLES["credential"], id=OTHER, credential_event="revoked", about=())  # type: ignore[type-var, call-arg]
    assert closure().pulls(*opened(change))
    assert not closure().pulls(*opened(replace(change, factor_method="totp")))  # type: ignore[type-var, call-arg]
    assert not Closure().pulls(*opened(change))


def test_consent_towards_the_asking_party_belongs_to_the_act() -> None:
    assert closure().pulls(*opened(SAMPLES["consent"]))
    assert not closure().pulls(*opened(replace(SAMPLES["consent"], rp="shop")))  # type: ignore[type-var, call-arg]


def test_another_login_or_act_of_the_person_is_no_part_of_the_case() -> None:
    assert not closure().pulls(*opened(SAMPLES["authentication"]))
    assert not closure().pulls(*opened(replace(confirmation(502), about=(ACT,))))
