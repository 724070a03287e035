"""DESIGN D7: the system's libraries give what plain Python gives, and nothing else is ever used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signatures import Evidence, Indication, Policy, Report, TrustAnchors, verify
from signatures.gost import CURVES_BY_OID, Gost94, Streebog, backend, native
from signatures.gost.backend import PURE, Backend
from signatures.revocation import Crl

NATIVE, WHY = native.load()
needs_libraries = pytest.mark.skipif(NATIVE is PURE, reason=f"no libraries: {WHY}")
CURVES = pytest.mark.parametrize("curve", dict.fromkeys(CURVES_BY_OID.values()), ids=lambda curve: curve.name)


@pytest.fixture
def with_native() -> Iterator[Backend]:
    yield native.enable()
    native.disable()


def test_plain_python_is_in_use_until_a_process_asks() -> None:
    assert backend.active() is PURE
    loaded = "import signatures, sys; print('ctypes' in sys.modules, 'signatures.gost.native' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.split()[1] == "False"


@needs_libraries
@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 63, 64, 65, 1000, 100_001])
def test_hashes_are_those_of_the_reference(length: int, entropy: Callable[[int], bytes]) -> None:
    message = entropy(length)
    for made, expected in (
        (NATIVE.streebog(64), Streebog(64, message).digest()),
        (NATIVE.streebog(32), Streebog(32, message).digest()),
        (NATIVE.gost94("test"), Gost94("test", message).digest()),
        (NATIVE.gost94("cryptopro"), Gost94("cryptopro", message).digest()),
    ):
        made.update(message[:7])
        made.digest()  # a digest on the way disturbs nothing
        made.update(message[7:])
        assert made.digest() == expected


@needs_libraries
@CURVES
def test_points_are_those_of_the_reference(curve: object, entropy: Callable[[int], bytes]) -> None:
    from signatures.gost import Curve

    assert isinstance(curve, Curve)
    for _ in range(3):
        d, u, v = (int.from_bytes(entropy(curve.size)) % curve.q for _ in range(3))
        X, Y, Z = curve.combine(d, 0, curve.x, curve.y)
        inverse = pow(Z, -1, curve.p)
        x, y = X * inverse**2 % curve.p, Y * inverse**3 % curve.p
        X, _, Z = curve.combine(u, v, x, y)
        r = X * pow(Z, -2, curve.p) % curve.p % curve.q
        for one in (PURE, NATIVE):
            assert one.reaches(curve, u, v, x, y, r)
            assert not one.reaches(curve, u, v, x, y, r ^ 1)
            assert not one.reaches(curve, u ^ 1, v, x, y, r)


@pytest.mark.parametrize("name", ["libcrypto", "libgcrypt"])
def test_without_a_library_plain_python_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, f"_{name.upper()}", "libnowhere.so.0")
    native.load.cache_clear()
    try:
        assert native.load()[0] is PURE
        assert "libnowhere" in native.load()[1]
        assert native.enable() is PURE
    finally:
        native.load.cache_clear()


def test_a_library_that_answers_wrongly_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_DIGESTS", {b"": "00" * 64})
    native.load.cache_clear()
    try:
        assert native.load()[0] is PURE
    finally:
        native.load.cache_clear()


def judge_own(folder: Path, policy: Policy) -> Report:
    return verify(
        (folder / "cms" / "own_head_attached.der").read_bytes(),
        anchors=TrustAnchors.of((folder / "ca" / "nca_gost2022_test.cer").read_bytes()),
        evidence=Evidence.of(crls=[(folder / "crl" / "nca_gost2022_test_b9be6a.crl").read_bytes()]),
        at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        policy=policy,
    )


def test_a_report_names_what_computed_and_says_the_same_otherwise(shared_vectors: Path, with_native: Backend) -> None:
    folder, policy = shared_vectors / "kz", Policy.default()
    report = judge_own(folder, policy)
    native.disable()
    reference = judge_own(folder, policy)
    said = [one.signatures[0].check("algorithm.backend") for one in (report, reference)]
    assert [check and check.param("backend") for check in said] == [with_native.name, "pure"]
    assert report.indication is reference.indication is Indication.TOTAL_PASSED


@needs_libraries
def test_a_gost_crl_beyond_the_bound_of_plain_python_is_judged_by_the_libraries(
    shared_vectors: Path, with_native: Backend
) -> None:
    """The bound of 8 MB is made small here instead of the list large."""
    folder = shared_vectors / "kz"
    assert len(Crl.of((folder / "crl" / "nca_gost2022_test_b9be6a.crl").read_bytes()).tbs) > 4096
    small = Policy.default().with_limits(slow_hash_bytes=4096)
    assert judge_own(folder, small).indication is Indication.TOTAL_PASSED
    native.disable()
    assert judge_own(folder, small).indication is Indication.INDETERMINATE
