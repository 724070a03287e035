"""The values of a record as lines of a report, in one language (evidence format, sections 2 and 12)."""

from collections.abc import Iterator

from authsvc.clock import parse_rfc3339
from authsvc.evidence import words_report
from authsvc.evidence.canonical import Value, dumps
from authsvc.evidence.forms import DIGEST_NEEDED
from authsvc.evidence.package_read import Item
from authsvc.evidence.record import Entry
from authsvc.evidence.report_blocks import almaty
from authsvc.evidence.words_codes import say_code
from confirmations.words import Words


def is_reference(name: str, form: str) -> bool:
    """Whether a value leads to another record or file, or is a place in a chain: it says nothing by itself."""
    return form in ("digest", "leaf hash", "record id") or name.endswith("_number")


def members_of(item: Item, entry: Entry) -> Iterator[tuple[str, str, Value]]:
    """(name, form, value) of each plain member and disclosed slot that says something, in the order of the type."""
    for name, form in entry.schema.plain.items():
        value = entry.body[name]
        if form is not DIGEST_NEEDED and value not in ("", []):
            yield name, form.name, value
    forms = {slot.name: slot.form.name for slot in entry.schema.slots}
    for each in item.disclosures or ():
        if each.name in forms and (each.value not in ("", []) or forms[each.name] == "approvals"):
            yield each.name, forms[each.name], each.value


def say_value(locale: str, name: str, form: str, value: Value) -> list[str]:
    """A value in lines."""
    if form == "approvals":
        return _say_approvals(locale, value)
    if form == "person" and isinstance(value, str):
        return [say_person(locale, value)]
    if form == "time" and isinstance(value, str):
        try:
            return [value, almaty(parse_rfc3339(value), locale)]
        except ValueError:
            return [value]
    if form in ("code", "methods"):
        return [_say_code(locale, name, str(each)) for each in (value if isinstance(value, list) else [value])]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [line for each in value for line in say_value(locale, name, form, each)]
    if isinstance(value, str):
        return [say_code(name, value).say(locale) if value == "none" else value]
    return [dumps(value).decode()]


def say_person(locale: str, value: str) -> str:
    """A person or entity by its number, as people read it."""
    kind, _, number = value.partition(":")
    labels = {"iin": Words("ЖСН", "ИИН", "IIN"), "bin": Words("БСН", "БИН", "BIN")}
    return f"{labels[kind].say(locale)} {number}" if kind in labels else value


def _say_approvals(locale: str, value: Value) -> list[str]:
    """Who approved and by what; that nobody did is said, too."""
    if not isinstance(value, list) or not value:
        return [words_report.NO_APPROVALS.say(locale)]
    lines = []
    for each in value:
        if isinstance(each, dict):
            by = [str(each.get(name)) for name in ("record", "signature") if each.get(name) != "none"]
            lines.append(" ".join([say_person(locale, str(each.get("person", ""))), *by]))
    return lines


def _say_code(locale: str, name: str, code: str) -> str:
    said = say_code(name, code).say(locale)
    return said if said == code else f"{said} ({code})"
