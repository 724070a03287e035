"""Records as an attacker with the issuer's key would write them: signed again, whatever is in them."""

from collections.abc import Mapping

from authsvc.evidence.canonical import Value, dumps
from authsvc.evidence.claims import claim_hash
from authsvc.evidence.note import Signer, join_note
from authsvc.evidence.record import Disclosure, Entry, parse
from authsvc.evidence.schema import SCHEMAS
from tests.authsvc.evidence.samples import SAMPLES, digest, issuer, seal_sample


def resign(type_: str, body: Mapping[str, Value], signer: Signer | None = None) -> bytes:
    """An entry of this type line and this body, signed by the type's issuer or by `signer`."""
    return resign_text(f"authsvc/evidence/v1\n{type_}\n".encode() + dumps(body) + b"\n", type_, signer)


def resign_text(text: bytes, type_: str, signer: Signer | None = None) -> bytes:
    """An entry of this text, signed by the type's issuer or by `signer`."""
    signer = signer or issuer(SCHEMAS[type_].family)
    return join_note(text, [signer.sign(text)])


def with_value(type_: str, slot: str, value: Value) -> tuple[Entry, Disclosure]:
    """A signed entry of this type that commits to any value in one slot, with the opening of that slot."""
    body = dict(parse(seal_sample(SAMPLES[type_]).entry).body)
    index = SCHEMAS[type_].slot(slot).index
    salt = digest(f"salt {type_} {slot}")
    claims = list(body["claims"]) if isinstance(body["claims"], list) else []
    claims[index] = claim_hash(salt, slot, value)
    return parse(resign(type_, {**body, "claims": claims})), Disclosure(index, slot, salt, value)
