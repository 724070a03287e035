"""Days and times of day as people in Kazakhstan write them: one zone, UTC+5, since 2024-03-01 (tzdata 2024a)."""

from datetime import UTC, datetime, timedelta, timezone

from confirmations.formats import MONTHS

ZONE = timezone(timedelta(hours=5))


def write_day(ms: int, locale: str) -> str:
    """The day of this moment in Kazakhstan: `2027 жылғы 24 қараша`, `24 ноября 2027 года`, `24 November 2027`."""
    moment = _local(ms)
    month = MONTHS.get(locale, MONTHS["kk"])[moment.month - 1]
    if locale == "ru":
        return f"{moment.day} {month} {moment.year} года"
    if locale == "en":
        return f"{moment.day} {month} {moment.year}"
    return f"{moment.year} жылғы {moment.day} {month}"


def write_time(ms: int) -> str:
    """The time of day in Kazakhstan, rounded up to the minute: `15:04 (UTC+5)`."""
    moment = _local(ms + 59_999)
    return f"{moment:%H:%M} (UTC+5)"


def _local(ms: int) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(ZONE)


def read_day(text: str) -> int:
    """The beginning of a day in Kazakhstan, in ms, as a date field sends it (`2027-11-24`). ValueError for others."""
    if len(text) != 10:
        raise ValueError("not a day")
    begin = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=ZONE)
    return int(begin.timestamp()) * 1000


def write_moment(ms: int, locale: str) -> str:
    """Day and time of day in Kazakhstan: `24 November 2027, 15:04`."""
    return f"{write_day(ms, locale)}, {_local(ms):%H:%M}"
