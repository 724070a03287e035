"""acr, amr and levels: computed from all that was accepted; two of one kind are not two factors."""

from __future__ import annotations

import pytest

from confirmations.assurance import HIGH, LOW, MULTI, SINGLE, SUBSTANTIAL, VOUCHED, Element, assess, meets

REGISTERED = {
    "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba", "retina", "sc", "sms",
    "swk", "tel", "user", "vbm", "wia",
}  # fmt: skip


@pytest.mark.parametrize(
    ("elements", "level", "acr", "amr"),
    [
        (["password"], LOW, SINGLE, ("pwd",)),
        (["totp"], LOW, SINGLE, ("otp",)),
        (["password", "totp"], SUBSTANTIAL, MULTI, ("pwd", "otp", "mfa")),
        (["code", "totp"], LOW, SINGLE, ("otp",)),
        (["password", Element("code", "sms")], LOW, MULTI, ("pwd", "otp", "sms", "mfa")),
        (["password", Element("code", "sms", sim_checked=True)], SUBSTANTIAL, MULTI, ("pwd", "otp", "sms", "mfa")),
        (["password", Element("code", "email")], LOW, SINGLE, ("pwd", "otp")),
        (["password", Element("code", "messenger")], LOW, SINGLE, ("pwd", "otp")),
        ([Element("passkey")], LOW, SINGLE, ("pop",)),
        ([Element("passkey", user_verified=True)], SUBSTANTIAL, MULTI, ("pop", "user", "mfa")),
        ([Element("passkey", user_verified=True, device_bound=True)], HIGH, MULTI, ("pop", "user", "hwk", "mfa")),
        (["password", "totp", Element("code", "sms")], SUBSTANTIAL, MULTI, ("pwd", "otp", "sms", "mfa")),
    ],
)  # fmt: skip
def test_a_list_of_elements_has_its_level_acr_and_amr(
    elements: list[Element | str], level: str, acr: str, amr: tuple[str, ...]
) -> None:
    found = assess(elements)
    assert (found.level, found.acr, found.amr) == (level, acr, amr)
    assert set(found.amr) <= REGISTERED


def test_nothing_accepted_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="nothing"):
        assess([])


def test_the_ladder_has_an_order_and_a_vouched_subject_stands_outside_it() -> None:
    assert meets(MULTI, SINGLE)
    assert meets(MULTI, MULTI)
    assert not meets(SINGLE, MULTI)
    assert not meets(VOUCHED, SINGLE)
    assert not meets(MULTI, VOUCHED)
    assert meets(VOUCHED, VOUCHED)
    assert not meets("urn:made:up", SINGLE)
