"""Days and times of day as people in Kazakhstan write them: one zone, UTC+5, since 2024-03-01 (tzdata 2024a)."""

from datetime import UTC, datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=5))
_KK = (
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
)
_RU = (
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
)
_EN = (
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
)


def write_day(ms: int, locale: str) -> str:
    """The day of this moment in Kazakhstan: `2027 жылғы 24 қараша`, `24 ноября 2027 года`, `24 November 2027`."""
    moment = _local(ms)
    if locale == "ru":
        return f"{moment.day} {_RU[moment.month - 1]} {moment.year} года"
    if locale == "en":
        return f"{moment.day} {_EN[moment.month - 1]} {moment.year}"
    return f"{moment.year} жылғы {moment.day} {_KK[moment.month - 1]}"


def write_time(ms: int) -> str:
    """The time of day in Kazakhstan, rounded up to the minute: `15:04 (UTC+5)`."""
    moment = _local(ms + 59_999)
    return f"{moment:%H:%M} (UTC+5)"


def _local(ms: int) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(ZONE)
