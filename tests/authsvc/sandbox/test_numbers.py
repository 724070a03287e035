"""Invented IINs and BINs: twelve digits with a right check digit, and recognisably nobody's."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.web.sandbox.pki import check_digit, invent_bin, invent_iin


def test_the_first_round_weighs_from_one_to_eleven() -> None:
    assert check_digit("10000000000") == 1
    assert check_digit("02000000000") == 4
    assert check_digit("00000000001") == 0, "the last place weighs eleven, which is nothing"


def test_a_ten_in_the_first_round_takes_the_second() -> None:
    eleven = "00000000010"  # first round 10; second round weighs that place with 1
    assert check_digit(eleven) == 1
    # 1*1 + 2*2 + ... + 9*9 + 0*10 + 1*11 = 296 = 10 modulo 11; then 377 = 3 modulo 11.
    assert check_digit("12345678901") == 3


def test_a_ten_in_both_rounds_gives_no_number() -> None:
    skipped = [f"{n:011}" for n in range(3000) if check_digit(f"{n:011}") is None]
    assert skipped
    assert all(
        sum(weight * int(digit) for weight, digit in zip(range(1, 12), n, strict=True)) % 11 == 10 for n in skipped
    )


@given(
    born=st.dates(date(1800, 1, 1), date(2099, 12, 31)), serial=st.integers(0, 4999), sex=st.sampled_from(["f", "m"])
)
def test_an_invented_iin_tells_birth_century_and_sex_and_checks(born: date, serial: int, sex: str) -> None:
    number = invent_iin(born, serial, "m" if sex == "m" else "f")
    assert len(number) == 12
    assert number.isdigit()
    assert number[:6] == f"{born.year % 100:02}{born.month:02}{born.day:02}"
    assert int(number[6]) == {18: 1, 19: 3, 20: 5}[born.year // 100] + (sex == "f")
    assert check_digit(number[:11]) == int(number[11])


@given(registered=st.dates(date(1990, 1, 1), date(2099, 12, 31)), serial=st.integers(0, 49_999))
def test_an_invented_bin_is_a_residents_head_office_and_checks(registered: date, serial: int) -> None:
    number = invent_bin(registered, serial)
    assert len(number) == 12
    assert number[4:6] == "40"
    assert check_digit(number[:11]) == int(number[11])


def test_two_serials_never_give_one_number() -> None:
    assert len({invent_iin(date(1899, 5, 17), serial) for serial in range(5000)}) == 5000


@pytest.mark.parametrize("serial", [-1, 5000])
def test_a_serial_out_of_range_is_refused(serial: int) -> None:
    with pytest.raises(ValueError, match="serial"):
        invent_iin(date(1899, 5, 17), serial)


def test_a_birth_that_an_iin_cannot_write_is_refused() -> None:
    with pytest.raises(ValueError, match="births"):
        invent_iin(date(1799, 12, 31), 0)
