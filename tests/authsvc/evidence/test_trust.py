"""trust.json: what it holds is read back, and anything else is refused (evidence format, section 10)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from authsvc.evidence.errors import BadTrust
from authsvc.evidence.trust import OPERATOR, LogKey, Revoked, Witness, parse_trust, print_trust
from tests.authsvc.evidence.court import Court, witness
from tests.authsvc.evidence.samples import T0, issuer

TRUST = Court(witnesses=(1, 2)).trust()


def test_trust_is_read_as_it_is_printed() -> None:
    full = replace(
        TRUST,
        log_keys=(*TRUST.log_keys, LogKey(TRUST.log_keys[0].verifier, 10, 90)),
        witnesses=(*TRUST.witnesses, Witness(witness(3)[0], OPERATOR)),
        tsa_anchors=(b"der",),
        revoked=(Revoked(issuer("case").verifier, T0, 12), Revoked(issuer("log").verifier, None, 3)),
        verifiers={"verify.py": "0" * 64},
        predecessors=(Court(origin="test.old.kz/2025h1").trust(),),
    )
    assert parse_trust(print_trust(full)) == full


def test_a_witness_of_the_operator_is_not_independent() -> None:
    held = replace(TRUST, witnesses=(TRUST.witnesses[0], Witness(TRUST.witnesses[1].verifier, OPERATOR)))
    assert held.independent() == {TRUST.witnesses[0].verifier}


def _changed(**changes: Any) -> bytes:
    value = {**json.loads(print_trust(TRUST)), **changes}
    return json.dumps({name: each for name, each in value.items() if each != "absent"}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"version":1,"version":1}',
        _changed(version=2),
        _changed(origin=""),
        _changed(origin="absent"),
        _changed(environment="staging"),
        _changed(genesis="00"),
        _changed(log_keys={"rule": "any of", "keys": []}),
        _changed(log_keys={"rule": "all of", "keys": []}),
        _changed(log_keys={"rule": "all of", "keys": [{"vkey": "x", "from": 0}]}),
        _changed(log_keys={"rule": "all of", "keys": [{"from": 0}]}),
        _changed(policy="quorum\n"),
        _changed(witnesses=[{"vkey": "x", "holder": "y"}]),
        _changed(tsa_anchors=["!"]),
        _changed(eds_anchors=["x"]),
        _changed(revoked=[{"vkey": str(issuer("case").verifier), "leaked_at": "yesterday", "size": 1}]),
        _changed(revoked=[{"vkey": str(issuer("case").verifier), "leaked_at": "", "size": -1}]),
        _changed(verifiers=[]),
        _changed(predecessors=[{}]),
        _changed(more=1),
        b"x" * 1_048_577,
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BadTrust):
        parse_trust(data)
