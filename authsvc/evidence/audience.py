"""Who gets to see which values of a record (evidence format, section 12: only the claims that a case needs).

A court, an authority or an auditor gets what their approved case names; a person gets their own values and nobody
else's; a relying party what it knows already. What is not revealed stays a hash, and an export record says so by its
list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from authsvc.evidence.record import Disclosure, Entry

WITHHELD: Final = frozenset({"person_ip", "person_device", "login_session"})
"""Slots that a case does not need by default."""
OPERATOR_SLOTS: Final = ("approvals", "erasure_ground")
OPERATOR_PREFIX: Final = "export_"
RELYING_PARTY_SLOTS: Final = frozenset(
    {
        "rp", "mandate", "authentication", "acr", "credential", "tries", "first_try", "last_try", "expires", "reason",
        "shown", "shown_by", "locale", "vouched_by", "relying_party_record", "policy_record", "trust_store_record",
        "template_record", "document", "document_name", "content_seen", "signature", "signature_place",
        "validation_time", "best_signature_time", "report", "person_number", "person_previous", "signer_number",
        "signer_previous", "about", "dispute_kind", "dispute_due", "resolution_reasons", "resolution_final",
        "resolver_role",
    }
)  # fmt: skip
"""Slots of a relying party's own acts that tell it nothing of the person that it does not know already."""
_RULES: Final = frozenset({"rp", "object", "before", "after"})
"""Slots of a record about a policy, a template, a release: it has no person, and everybody may read what was in
force."""
RELYING_PARTY_BLOBS: Final = frozenset(
    {"statement", "shown", "report", "document", "signed", "content", "resolution_reasons"}
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom evidence is for. `subject`: that person, their own; `client_id`: that relying party, its own acts; neither:
    a case of a court, an authority or an auditor."""

    subject: str = ""
    client_id: str = ""


CASE: Final = Audience()


def reveal(entry: Entry, disclosures: Sequence[Disclosure], audience: Audience) -> list[Disclosure]:
    """What of these disclosures the audience gets, in their order."""
    if audience.subject:
        return _own(entry, disclosures, audience.subject)
    if audience.client_id:
        slots = RELYING_PARTY_SLOTS if concerns(entry, disclosures, audience) else _open_to_all(entry, disclosures)
        return [each for each in disclosures if each.name in slots]
    return [each for each in disclosures if each.name not in WITHHELD]


def reveal_blobs(
    entry: Entry, disclosures: Sequence[Disclosure], blobs: Mapping[str, bytes], audience: Audience
) -> Mapping[str, bytes]:
    """What of the texts and files behind a record's digests the audience gets; `disclosures` are all that is open."""
    if audience == CASE:
        return blobs
    if not concerns(entry, disclosures, audience):
        return {}
    if audience.client_id:
        return {name: data for name, data in blobs.items() if name.partition("/")[0] in _PARTY_FILES}
    return blobs


_PARTY_FILES: Final = RELYING_PARTY_BLOBS | {"certificate", "crl", "ocsp", "anchor"}


def concerns(entry: Entry, disclosures: Sequence[Disclosure], audience: Audience) -> bool:
    """Whether the record is about this person, or an act of this relying party."""
    if audience.subject:
        return bool(_roles_of(entry, disclosures, audience.subject))
    return any(each.name == "rp" and each.value == audience.client_id != "" for each in disclosures)


def _own(entry: Entry, disclosures: Sequence[Disclosure], subject: str) -> list[Disclosure]:
    mine = _roles_of(entry, disclosures, subject)
    if not mine:
        shared = _open_to_all(entry, disclosures)
        return [each for each in disclosures if each.name in shared]
    values = {each.name: each.value for each in disclosures}
    absent = [role for role in entry.schema.roles if values.get(f"{role}_subject") == ""]
    others = tuple(f"{role}_" for role in entry.schema.roles if role not in (*mine, *absent))
    return [
        each
        for each in disclosures
        if not each.name.startswith(others) and not each.name.startswith(OPERATOR_PREFIX)
        if each.name not in OPERATOR_SLOTS
    ]


def _roles_of(entry: Entry, disclosures: Sequence[Disclosure], subject: str) -> list[str]:
    values = {each.name: each.value for each in disclosures}
    return [role for role in entry.schema.roles if values.get(f"{role}_subject") == subject]


def _open_to_all(entry: Entry, disclosures: Sequence[Disclosure]) -> frozenset[str]:
    """The slots of a record about the rules in force; of any other record that is not one's own, none."""
    if entry.type != "administration" or entry.body["administration_kind"] in ("staff_role", "look_up"):
        return frozenset()
    persons = [each for each in disclosures if each.name in ("person_subject", "entity_subject") and each.value]
    return frozenset() if persons else _RULES
