"""Days and times as people here write them: one zone, three languages."""

import pytest

from authsvc.web.dates import write_day, write_time
from tests.conftest import START_MS


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("kk", "2026 жылғы 24 қараша"),
        ("ru", "24 ноября 2026 года"),
        ("en", "24 November 2026"),
        ("fr", "2026 жылғы 24 қараша"),
    ],
)
def test_a_day_is_written_in_the_readers_language(locale: str, said: str) -> None:
    assert write_day(START_MS, locale) == said


def test_the_day_is_that_of_kazakhstan() -> None:
    eve = START_MS + 9 * 3_600_000  # 19:00 UTC is midnight in UTC+5
    assert write_day(eve - 1, "en") == "24 November 2026"
    assert write_day(eve, "en") == "25 November 2026"


def test_a_time_of_day_is_never_too_early() -> None:
    assert write_time(START_MS) == "15:00 (UTC+5)"
    assert write_time(START_MS + 1) == "15:01 (UTC+5)"
