"""What the SDK trusts: the kept example holds, and each change to what is pinned or shown is refused."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from authsvc.client import Trust, Untrusted
from authsvc.client.trusting import root_of
from authsvc.evidence import merkle
from confirmations.errors import ReceiptRefused

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"
TRUST = (EXAMPLES / "trust.json").read_bytes()
GENESIS = (EXAMPLES / "genesis.note").read_bytes()
RECEIPT = (EXAMPLES / "receipt.jwt").read_text()


def jwks() -> bytes:
    key: Any = load_pem_public_key((EXAMPLES / "receipt-key.pem").read_bytes())
    numbers = key.public_numbers()
    x, y = (base64.urlsafe_b64encode(each.to_bytes(32)).rstrip(b"=").decode() for each in (numbers.x, numbers.y))
    return json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y}]}).encode()


def test_the_kept_receipt_holds() -> None:
    receipt = Trust.of(TRUST, GENESIS, jwks()).check(RECEIPT, client_id="kerege-bank")
    assert receipt.outcome == "confirmed"
    assert receipt.statement.act == "payment"


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"outcome": "declined"}, {"statement_digest": "A" * 43}])
def test_a_receipt_proves_nothing_else(changes: dict[str, str]) -> None:
    with pytest.raises(ReceiptRefused):
        Trust.of(TRUST, GENESIS, jwks()).check(RECEIPT, **{"client_id": "kerege-bank", **changes})


def test_another_log_key_or_origin_is_no_proof() -> None:
    for change in ("origin", "log_key"):
        told = json.loads(TRUST)
        if change == "origin":
            told["origin"] = "elsewhere.example/1"
        else:
            vkey = told["log_keys"]["keys"][0]["vkey"]
            name, number, key = vkey.split("+", 2)
            raw = bytearray(base64.b64decode(key))
            raw[5] ^= 1
            told["log_keys"]["keys"][0]["vkey"] = f"{name}+{number}+{base64.b64encode(raw).decode()}"
        trust = Trust.of(json.dumps(told).encode(), GENESIS, jwks())
        with pytest.raises(ReceiptRefused) as refused:
            trust.check(RECEIPT, client_id="kerege-bank")
        assert refused.value.rule == "log"


def test_a_first_entry_that_is_not_pinned_is_refused() -> None:
    with pytest.raises(Untrusted):
        Trust.of(TRUST, GENESIS + b"\n", jwks())


@pytest.mark.parametrize("bad", [b"", b"[]", b"{}", b"\xff", b'{"genesis": 1}'])
def test_what_has_another_form_is_refused(bad: bytes) -> None:
    for parts in ((bad, GENESIS, jwks()), (TRUST, bad, jwks()), (TRUST, GENESIS, bad)):
        with pytest.raises(Untrusted):
            Trust.of(*parts)


def test_a_receipt_key_that_genesis_does_not_name_is_not_taken() -> None:
    other = json.loads(jwks())
    other["keys"][0] |= {
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    }
    trust = Trust.of(TRUST, GENESIS, json.dumps(other).encode())
    assert trust.receipt_keys == {}
    with pytest.raises(ReceiptRefused):
        trust.check(RECEIPT, client_id="kerege-bank")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 11])
def test_every_place_of_a_small_tree_is_proven_and_no_other(size: int) -> None:
    leaves = [f"entry {n}".encode() for n in range(size)]
    hashes = [merkle.leaf_hash(each) for each in leaves]
    root, prove = tree_of(hashes)
    for index, leaf in enumerate(leaves):
        path = prove(index)
        assert root_of(leaf, index, size, path) == root
        for wrong in ([*path, b"\0" * 32], path[:-1] if path else [b"\0" * 32]):
            with pytest.raises(ValueError, match="fit"):
                root_of(leaf, index, size, wrong)


def tree_of(hashes: list[bytes]) -> tuple[bytes, Callable[[int], list[bytes]]]:
    """RFC 6962, section 2.1, as it is written."""

    def root(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return part[0]
        k = 1 << (len(part) - 1).bit_length() - 1
        return hashlib.sha256(b"\1" + root(part[:k]) + root(part[k:])).digest()

    def path(at: int, part: list[bytes]) -> list[bytes]:
        if len(part) == 1:
            return []
        k = 1 << (len(part) - 1).bit_length() - 1
        return [*path(at, part[:k]), root(part[k:])] if at < k else [*path(at - k, part[k:]), root(part[:k])]

    return root(hashes), lambda index: path(index, hashes)
