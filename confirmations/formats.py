"""Amounts, dates and times in the form of each language (Unicode CLDR for kk, ru and en; ISO 4217 minor units).

Written here so that the bytes a person sees do not change with a library's data.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from confirmations.fields import CURRENCIES

_NO_BREAK: Final = "\u00a0"
# The case that follows a day's number.
MONTHS: Final = {
    "kk": [
        "қаңтар",
        "ақпан",
        "наурыз",
        "сәуір",
        "мамыр",
        "маусым",
        "шілде",
        "тамыз",
        "қыркүйек",
        "қазан",
        "қараша",
        "желтоқсан",
    ],
    "ru": [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def format_amount(amount: int, currency: str, locale: str) -> str:
    """Give an amount (minor units) in words of the language: 12 500,00 ₸ in kk and ru, KZT 12,500.00 in en."""
    digits = CURRENCIES[currency]
    whole, rest = divmod(amount, 10**digits)
    if locale == "en":
        return f"{currency}{_NO_BREAK}{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    figures = f"{whole:,}".replace(",", _NO_BREAK) + (f",{rest:0{digits}d}" if digits else "")
    return f"{figures}{_NO_BREAK}{'₸' if currency == 'KZT' else currency}"


def format_moment(ms: int, zone: tzinfo, locale: str) -> str:
    """Give date, time of day to the minute, and the offset: 24 November 2026, 15:05 (UTC+5)."""
    return _format_second(ms // 1000, zone, locale)


@lru_cache(maxsize=1024)  # requests come in the same seconds
def _format_second(second: int, zone: tzinfo, locale: str) -> str:
    moment = datetime.fromtimestamp(second, zone)
    month = MONTHS[locale][moment.month - 1]
    if locale == "kk":
        date = f"{moment.year} ж. {moment.day} {month}"
    elif locale == "ru":
        date = f"{moment.day} {month} {moment.year} г."
    else:
        date = f"{moment.day} {month} {moment.year}"
    return f"{date}, {moment:%H:%M} ({_offset(moment.utcoffset())})"


def _offset(offset: timedelta | None) -> str:
    minutes = (offset or timedelta()) // timedelta(minutes=1)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02d}" if rest else "")
