"""Lines for operators: JSON, the request's id and trace in each, and no person in any, whoever writes them."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from authsvc.logs import PLACE, Fields, Lines, Place, Pseudonyms, install, trace_of

ID = "01a20cff-7d00-7359-9aa6-d3a9a1eb3570"
OWN = ID.replace("-", "")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def keyed(key: bytes = b"k") -> Pseudonyms:
    import hmac

    return Pseudonyms(lambda purpose, data: hmac.digest(key + purpose.encode(), data, "sha256"))


def written(message: str, *arguments: object, pseudonyms: Pseudonyms | None = None) -> dict[str, object]:
    record = logging.LogRecord("authsvc.test", logging.WARNING, "file", 1, message, arguments, None)
    line: dict[str, object] = json.loads(Lines(pseudonyms or keyed()).format(record))
    return line


@pytest.fixture
def place() -> Iterator[None]:
    before = PLACE.set(Place(ID, TRACE))
    yield
    PLACE.reset(before)


def test_a_line_is_one_json_object_with_its_level_and_logger() -> None:
    line = written("two\nlines: %s", "Айгүл")
    assert (line["level"], line["logger"], line["message"]) == ("warning", "authsvc.test", "two\nlines: Айгүл")
    assert set(line) == {"at", "level", "logger", "message"}
    assert "\n" not in Lines(keyed()).format(logging.LogRecord("n", 20, "f", 1, "a\nb", (), None))


@pytest.mark.usefixtures("place")
def test_inside_a_request_every_line_has_its_id_and_trace() -> None:
    line = written("anything")
    assert (line["request"], line["trace"]) == (ID, TRACE)


def test_fields_stand_in_the_line_itself() -> None:
    line = written("%s", Fields(route="/login", status=200))
    assert (line["route"], line["status"]) == ("/login", 200)
    assert "message" not in line


@pytest.mark.parametrize(
    "personal",
    [
        *("890517300012", "aigul@example.kz", "Aigul.S+bank@mail.example.kz", "+77010000001", "8 701 000 00 01"),
        *("87010000001", "8(701)000-00-01", "95.56.7.8"),
    ],
)
def test_what_looks_personal_is_replaced_by_a_keyed_pseudonym(personal: str) -> None:
    line = written("no answer for %s, tried twice", personal)
    assert personal not in json.dumps(line, ensure_ascii=False)
    assert "~" in str(line["message"])
    assert line["message"] == written("no answer for %s, tried twice", personal)["message"]
    assert line["message"] != written("no answer for %s, tried twice", personal, pseudonyms=keyed(b"other"))["message"]


@pytest.mark.parametrize(
    "harmless",
    [
        *(
            ID,
            TRACE,
            "listening on http://127.0.0.1:8000",
            "10.0.0.7 answers",
            "1795514400000 ms",
            "policy 1.2.398.3.3",
        ),
        *("release 1.2.3", "a" * 64, "sha256 " + "0123456789ab" * 5, "12345678901", "CN=id@tsa"),
    ],
)
def test_what_operators_need_is_left_as_it_is(harmless: str) -> None:
    assert written("%s", harmless)["message"] == harmless


def test_without_a_key_the_kind_alone_is_said() -> None:
    assert written("%s", "890517300012", pseudonyms=Pseudonyms())["message"] == "number~"


def test_the_words_of_an_exception_are_left_out() -> None:
    try:
        raise ValueError("row of 890517300012")
    except ValueError:
        record = logging.LogRecord("n", logging.ERROR, "f", 1, "failed", (), sys.exc_info())
    text = Lines(keyed()).format(record)
    assert "890517300012" not in text
    assert "row of" not in text
    assert "ValueError at test_logs.py" in json.loads(text)["fault"]


@pytest.mark.parametrize("parent", [PARENT, f"01-{TRACE}-00f067aa0ba902b7-01-more"])
def test_the_callers_trace_goes_on(parent: str) -> None:
    assert trace_of([parent], ID) == TRACE


@pytest.mark.parametrize(
    "parents",
    [
        [],
        [PARENT, PARENT],
        [PARENT.upper()],
        [PARENT + "-more"],
        [PARENT.replace("00-", "ff-", 1)],
        [f"00-{'0' * 32}-00f067aa0ba902b7-01"],
        [f"00-{TRACE}-{'0' * 16}-01"],
        ["00-890517300012-1-01"],
        ["x" * 10_000],
    ],
)
def test_attack_a_trace_that_is_not_well_formed_is_not_taken_up(parents: list[str]) -> None:
    assert trace_of(parents, ID) == OWN


def test_lines_of_every_logger_and_warnings_become_json() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    try:
        install("info", keyed(), out)
        logging.getLogger("somebody.elses").info("hello %s", "aigul@example.kz")
        logging.getLogger("somebody.elses").debug("too quiet")
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["message"].startswith("hello email~")
