"""Authorization details (RFC 9396): what will be asked of a person, said more exactly than by scopes.

Two types, never one: an act that the person will be asked to *confirm*, and documents that they will be asked to *sign*
with their own key. To agree to either confirms nothing and signs nothing. Each is checked by its type's rules; a member
that the type does not know is refused (RFC 9396 5).
"""

from collections.abc import Callable, Mapping, Sequence

import orjson

from authsvc.confirm.policy import STAFF_ACT, offered
from authsvc.oidc.errors import InvalidAuthorizationDetails
from authsvc.oidc.relying_party import CONFIRMATION_DETAILS, DETAILS_TYPES, SIGNATURE_DETAILS, RelyingParty
from confirmations.errors import StatementRefused
from confirmations.fields import LONGEST_LINE, Document, Texts, check_texts, read_field
from confirmations.statement import MOST_FIELDS
from confirmations.texts import check_line

MAX_BYTES = 3_000
"""UTF-8 bytes of the whole parameter: it travels sealed in the address of a page."""
MOST = 5
"""Objects in one request: as many as a person can weigh on one page."""
MOST_VALUES = 10
_LISTS = ("actions", "datatypes", "privileges")

Detail = Mapping[str, object]


def read_details(text: str, party: RelyingParty, issuer: str) -> str:
    """The details as kept: JSON, or empty for none. Raises InvalidAuthorizationDetails with the rule that is broken."""
    if not text:
        return ""
    found = _load(text)
    allowed = party.details_types
    for detail in found:
        kind = detail.get("type")
        if kind not in DETAILS_TYPES:
            raise InvalidAuthorizationDetails(f"type: one of {', '.join(DETAILS_TYPES)}")
        if kind not in allowed:
            raise InvalidAuthorizationDetails("type: the client is not registered for it (authorization_details_types)")
        try:
            _check(detail, party, issuer)
        except StatementRefused as error:
            raise InvalidAuthorizationDetails(error.message) from error
    return orjson.dumps(found).decode()


def narrow(granted: str, text: str) -> str:
    """What of the granted details a token request asks for (RFC 9396 6.1): all of them, or some; never others."""
    if not text:
        return granted
    held = list(open_details(granted))
    asked = _load(text)
    if any(detail not in held for detail in asked):
        raise InvalidAuthorizationDetails("authorization_details: no others than were granted")
    return orjson.dumps(asked).decode()


def open_details(kept: str) -> Sequence[Detail]:
    """The details behind what `read_details` kept."""
    found: Sequence[Detail] = orjson.loads(kept) if kept else []
    return found


def _load(text: str) -> list[Detail]:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidAuthorizationDetails(f"authorization_details: at most {MAX_BYTES} bytes")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidAuthorizationDetails("authorization_details: a JSON array of objects") from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise InvalidAuthorizationDetails("authorization_details: a JSON array of objects")
    if not 0 < len(found) <= MOST:
        raise InvalidAuthorizationDetails(f"authorization_details: 1 to {MOST} objects")
    return found


def _check(detail: Detail, party: RelyingParty, issuer: str) -> None:
    known = _OF_TYPE[str(detail["type"])]
    for name, value in detail.items():
        if name in known:
            known[name](value)
        elif name in _LISTS:
            _check_lines(name, value)
        elif name == "identifier":
            _check_lines(name, [value])
        elif name == "locations":
            _check_lines(name, value)
            if not set(_array(name, value)) <= {issuer, *party.resources}:
                raise InvalidAuthorizationDetails("locations: this service, or a resource that the client registered")
        elif name != "type":
            raise InvalidAuthorizationDetails(f"{name[:64]}: the type {detail['type']} has no such member")


def _check_act(value: object) -> None:
    acts = sorted(offered().acts.keys() - {STAFF_ACT})
    if value not in acts:
        raise InvalidAuthorizationDetails(f"act: one of {', '.join(acts)}")


def _check_fields(value: object) -> None:
    for place, each in enumerate(_array("fields", value, MOST_FIELDS)):
        read_field(each, f"fields[{place}]").check(f"fields[{place}]")


def _check_documents(value: object) -> None:
    for place, each in enumerate(_array("documents", value, MOST_FIELDS)):
        member = f"documents[{place}]"
        if not isinstance(each, Mapping):
            raise InvalidAuthorizationDetails(f"{member}: an object with name and digest")
        Document.of({**each, "kind": "document"}, member).check(member)


def _check_text(value: object) -> None:
    check_texts(Texts.of(value, "text"), "text")


def _check_lines(name: str, value: object) -> None:
    for each in _array(name, value):
        if not isinstance(each, str):
            raise InvalidAuthorizationDetails(f"{name}: texts are expected")
        check_line(each, name, LONGEST_LINE)


def _array(name: str, value: object, most: int = MOST_VALUES) -> list[object]:
    if not isinstance(value, list) or len(value) > most:
        raise InvalidAuthorizationDetails(f"{name}: an array of at most {most}")
    return value


_OF_TYPE: Mapping[str, Mapping[str, Callable[[object], None]]] = {
    CONFIRMATION_DETAILS: {"act": _check_act, "fields": _check_fields, "text": _check_text},
    SIGNATURE_DETAILS: {"documents": _check_documents, "text": _check_text},
}
