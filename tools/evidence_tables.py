"""The tables of docs/evidence.md, written from the code that reads and seals records, so that they can't differ.

`python -m tools.evidence_tables` puts them between their marks; tests/test_docs.py fails when they are old.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from authsvc.evidence import codes, forms, keyforms
from authsvc.evidence.forms import Form, UnknownCode
from authsvc.evidence.schema import ALWAYS, SCHEMAS, Schema

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "evidence.md"
PARTY = ("subject", "number", "previous")
APART = ("FAMILIES", "ROLES", "METHODS", "LOGIN_METHODS", "SUB_INDICATIONS")
"""Lists that stand in a table of their own; the others are written where they are used."""

SAID: Mapping[Form, str] = {
    forms.SUBJECT: "a person: `iin:` or `bin:` and 12 digits",
    forms.NUMBER: "an integer from 1",
    forms.PREVIOUS: "a leaf hash as base64url, or `none`",
    forms.IDS: "array of record ids, may be empty",
    forms.ID_OR_NONE: "record id, or `none`",
    forms.ENROLMENTS: "array in the order of the methods: the record id of each enrolment used, or `none`",
    forms.ACR: f"{', '.join(codes.ACRS)}, or `none`",
    forms.CLIENT: "client id",
    forms.CLIENT_OR_NONE: "client id, or `none`",
    forms.DIGEST: "base64url SHA-256 of bytes kept outside the log",
    forms.CODE: "a code without a closed list",
    forms.TIME: "time",
    forms.TEXT: f"text of at most {forms.MAX_TEXT} characters",
    forms.TEXT_OR_NONE: f"text of at most {forms.MAX_TEXT} characters, or `none`",
    forms.COUNT: "integer from 0",
    forms.FACTOR_KEY: "object `{credential_id, public_key, registration}`, or `none`",
    forms.GROUP: f"object `{{group, k, n, outcome}}`; `outcome` is empty or {' or '.join(codes.GROUP_OUTCOMES)}",
    forms.PLACE: "object `{n, of}`",
    forms.APPROVALS: "array of `{person, record, signature}`; `record` and `signature` may be `none`",
    forms.MATERIAL: f"array of `{{digest, kind}}`; `kind` is one of {', '.join(codes.MATERIAL_KINDS)}",
    forms.FACTORS: "array of codes",
    forms.EXPORT_LIST: "array of `[record id, [slot names]]`",
    forms.EXPORT_LEFT_OUT: "array of `[record id or number, code]`",
    forms.EXPORT_HEADS: "array of `[number, leaf hash]`",
    forms.DIGEST_NEEDED: "base64url of 32 bytes",
    forms.DIGEST_512_NEEDED: "base64url of 64 bytes",
    forms.POSITIVE_NEEDED: "integer from 1",
    forms.METHODS: "array of codes of the list `METHODS`, in the order asked, at least one",
    forms.LOGIN_METHODS: "array of codes of the list `LOGIN_METHODS`, in the order asked, at least one",
    keyforms.ORIGIN: f"text of at most {keyforms.MAX_ORIGIN} characters `[a-z0-9.:/_-]`",
    keyforms.ISSUERS: "array of `{family, vkey}`, one for each family in their order, Ed25519",
    keyforms.LOG_KEYS: "array of vkeys under the name of the origin: Ed25519, ML-DSA-44",
    keyforms.RECEIPT_KEYS: "array of RFC 7638 thumbprints",
    keyforms.KEY_VALUE: "a vkey, for a receipt key its thumbprint",
    keyforms.PREDECESSOR: "array of none or one `{lost_from, lost_to, origin, root, root_512, size}`",
}
"""Each form that is no closed list of codes, in words."""

LISTS: Mapping[str, tuple[str, ...]] = {
    name: value for name, value in vars(codes).items() if name.isupper() and isinstance(value, tuple)
}


def list_of(form: Form) -> str | None:
    """The name of the closed list that this form allows, None where it allows anything else."""
    if form in SAID:
        return None
    for name, known in LISTS.items():
        others = {code for other in LISTS.values() for code in other} - set(known)
        if all(allows(form, code) for code in known) and not any(allows(form, code) for code in others):
            return name
    raise LookupError(f"a form that has no words: {form.name}")


def allows(form: Form, code: str) -> bool:
    """Whether the form takes this code."""
    try:
        form.judge(code)
    except (UnknownCode, ValueError):
        return False
    return True


def write_types() -> str:
    """One row for each record type."""
    rows = [["Type", "Family", f"Plain members besides {_quote(ALWAYS)}", "Slots in order", "n"]]
    for schema in SCHEMAS.values():
        plain = "; ".join(_plain(name, form) for name, form in schema.plain.items())
        rows.append([f"`{schema.type}`", schema.family, plain, _slots(schema) or "none", str(len(schema.slots))])
    return _table(rows)


def _plain(name: str, form: Form) -> str:
    known = list_of(form)
    if known is None:
        return f"`{name}`"
    return f"`{name}` ({_codes(known)}{'' if form.needed else '; may be empty'})"


def _codes(known: str) -> str:
    return f"list `{known}`" if known in APART else ", ".join(LISTS[known])


def _slots(schema: Schema) -> str:
    parties = [f"P({role})" for role in schema.roles]
    return ", ".join([*parties, *(f"`{slot.name}`" for slot in schema.slots[len(PARTY) * len(schema.roles) :])])


def write_forms() -> str:
    """Each kind of value with the members and slots that have it; plain members that are codes stand in `types`."""
    named: dict[str, dict[str, None]] = {}
    for schema in SCHEMAS.values():
        for slot in schema.slots:
            party = slot.role and slot.name.removeprefix(f"{slot.role}_") in PARTY
            shown = f"*_{slot.name.removeprefix(f'{slot.role}_')}" if party else slot.name
            named.setdefault(_said(slot.form), {})[f"`{shown}`"] = None
    for schema in SCHEMAS.values():
        for name, form in schema.plain.items():
            if list_of(form) is None:
                named.setdefault(_said(form), {})[f"`{name}`"] = None
    return _table([["Value", "Slots and plain members"], *([said, ", ".join(names)] for said, names in named.items())])


def _said(form: Form) -> str:
    known = list_of(form)
    return SAID[form] if known is None else f"one of {_codes(known)}"


def write_lists() -> str:
    """The lists that stand apart."""
    return _table([["List", "Codes"], *([f"`{name}`", ", ".join(LISTS[name])] for name in APART)])


def _quote(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


TABLES = {"types": write_types, "forms": write_forms, "lists": write_lists}


def fill(text: str) -> str:
    """The document with each table as the code has it. KeyError for a mark without a table."""

    def table(found: re.Match[str]) -> str:
        return f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}"

    return re.sub(r"(<!-- table: (\w+) -->)\n.*?(<!-- end -->)", table, text, flags=re.DOTALL)


def main() -> int:
    """Write the tables into the document."""
    DOCUMENT.write_text(fill(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
