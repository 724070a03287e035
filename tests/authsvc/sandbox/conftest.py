"""One test PKI for the folder's tests: founded two hours before the tests' own moment."""

from __future__ import annotations

import random

import pytest

from authsvc.web.sandbox.pki import FAMILIES, Credential, Family, Role, TestPki
from tests.authsvc.sandbox.made import BIN, HOUR, NOW, ORGANIZATION, iin


@pytest.fixture(scope="session")
def made_pki() -> TestPki:
    return TestPki.create(at=NOW - 2 * HOUR, entropy=random.Random(2026).randbytes)  # noqa: S311 - repeatable on purpose


@pytest.fixture
def pki(made_pki: TestPki) -> TestPki:
    """A copy of its own for each test, since revoking changes it."""
    return TestPki.from_json(made_pki.to_json(), entropy=random.Random(7).randbytes)  # noqa: S311 - repeatable


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Family:
    return request.param


@pytest.fixture(scope="session")
def made_persons(made_pki: TestPki) -> dict[Family, Credential]:
    return {
        family: made_pki.authority(family).issue_person(name="СЫНАҚОВА ТЕСТ ТЕСТҚЫЗЫ", iin=iin(1))
        for family in FAMILIES
    }


@pytest.fixture
def person(made_persons: dict[Family, Credential], family: Family) -> Credential:
    return made_persons[family]


@pytest.fixture(scope="session")
def made_heads(made_pki: TestPki) -> dict[Family, Credential]:
    return {
        family: made_pki.authority(family).issue_representative(
            name="СЫНАҚОВ ТЕСТ", iin=iin(2), bin=BIN, organization=ORGANIZATION, role=Role.HEAD
        )
        for family in FAMILIES
    }


@pytest.fixture
def head(made_heads: dict[Family, Credential], family: Family) -> Credential:
    return made_heads[family]
