"""Our own JWS: the fast path agrees with pyjwt, and nothing but what we signed verifies (RFC 7515, RFC 8725)."""

import random

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from authsvc.keys import Keys, b64url, generate
from authsvc.oidc import jose
from authsvc.oidc.jose import ACCESS_TOKEN, ID_TOKEN, NotVerified, signing_keys, verify_assertion

KEYS: Keys = generate(random.Random(7).randbytes)  # noqa: S311 - repeatable on purpose
SIGNING = signing_keys(KEYS)
CLAIMS = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.one_of(st.text(max_size=20), st.integers(-(2**53), 2**53), st.booleans(), st.none()),
    max_size=6,
)


@given(CLAIMS, st.sampled_from([("ES256", ACCESS_TOKEN), ("ES256", ID_TOKEN), ("RS256", ID_TOKEN)]))
def test_what_is_signed_verifies_here_and_by_pyjwt(claims: dict[str, object], kind: tuple[str, str]) -> None:
    alg, typ = kind
    token = SIGNING.sign(claims, typ, alg)
    assert SIGNING.verify(token, typ) == claims
    key = KEYS.tokens.private.public_key() if alg == "ES256" else KEYS.tokens_rsa.public_key()
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == (alg, typ)
    assert jwt.PyJWS().decode(token, key, algorithms=[alg])


@given(st.data())
def test_any_changed_character_ends_the_token(data: st.DataObject) -> None:
    token = SIGNING.sign({"sub": "anna", "exp": 1}, ACCESS_TOKEN)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \x00é"))
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        with pytest.raises(NotVerified):
            SIGNING.verify(changed, ACCESS_TOKEN)


@given(st.text(max_size=60))
def test_any_text_ends_in_a_refusal(text: str) -> None:
    for typ in (ACCESS_TOKEN, ID_TOKEN):
        with pytest.raises(NotVerified):
            SIGNING.verify(text, typ)
    with pytest.raises(NotVerified):
        verify_assertion(text, [dict(KEYS.tokens.jwk)])


def test_a_token_is_of_the_one_kind_that_it_was_signed_as() -> None:
    with pytest.raises(NotVerified):
        SIGNING.verify(SIGNING.sign({}, ID_TOKEN), ACCESS_TOKEN)
    with pytest.raises(NotVerified):
        SIGNING.verify(SIGNING.sign({}, ACCESS_TOKEN), ID_TOKEN)


def test_verified_tokens_are_remembered_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jose, "REMEMBERED", 10)
    signing = jose._prepare(generate(random.Random(8).randbytes).ring.schedule)  # noqa: S311 - repeatable on purpose
    for number in range(50):
        signing.verify(signing.sign({"n": number}, ACCESS_TOKEN), ACCESS_TOKEN)
    assert len(signing._verified) <= 10


def test_a_payload_with_a_member_twice_is_no_set_of_claims() -> None:
    head = SIGNING.sign({}, ACCESS_TOKEN).split(".")[0]
    doubled = b64url(b'{"sub": "a", "sub": "b"}')
    signed = f"{head}.{doubled}"
    with pytest.raises(NotVerified):
        SIGNING.verify(f"{signed}.{b64url(KEYS.tokens.sign(signed.encode()))}", ACCESS_TOKEN)


def test_an_assertion_verifies_under_the_one_registered_key_that_made_it() -> None:
    first, second = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    publics = []
    for number, key in enumerate((first, second)):
        numbers = key.public_key().public_numbers()
        x, y = (b64url(value.to_bytes(32)) for value in (numbers.x, numbers.y))
        publics.append({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": str(number)})
    token = jwt.encode({"sub": "rp"}, second, "ES256")
    assert verify_assertion(token, publics) == {"sub": "rp"}
    misnamed = jwt.encode({"sub": "rp"}, second, "ES256", headers={"kid": "0"})
    with pytest.raises(NotVerified):
        verify_assertion(misnamed, publics)
    with pytest.raises(NotVerified):
        verify_assertion(jwt.encode({"sub": "rp"}, second, "ES256", headers={"crit": ["exp"]}), publics)
