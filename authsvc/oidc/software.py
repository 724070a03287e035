"""Software statements (RFC 7591 2.3): metadata of a client that somebody whom the operator trusts has signed.

Who that is lies in `trust_dir/software/`: one JSON file each, with `iss` and `jwks`; a new file counts at once. What is
signed stands above what the client says beside it. A statement gives nothing that registration does not give.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import orjson

from authsvc.oidc.errors import InvalidSoftwareStatement, UnapprovedSoftwareStatement
from authsvc.oidc.jose import TOLERANCE_S, Claims, NotVerified, claimed_issuer, verify_assertion
from authsvc.service import Service

FOLDER = "software"
MEMBER = "software_statement"
_OF_THE_JWT = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", MEMBER})


def apply_statement(svc: Service, metadata: object) -> object:
    """The metadata with what its software statement says, the statement kept; as they came where there is none.

    Raises InvalidSoftwareStatement, UnapprovedSoftwareStatement (RFC 7591 3.2.2).
    """
    if not isinstance(metadata, dict) or MEMBER not in metadata:
        return metadata
    statement = metadata[MEMBER]
    if not isinstance(statement, str):
        raise InvalidSoftwareStatement("software_statement: a JWT is expected")
    try:
        issuer = claimed_issuer(statement)
    except NotVerified as error:
        raise InvalidSoftwareStatement("software_statement: a JWT with iss is expected") from error
    jwks = _trusted(svc.settings.trust_dir / FOLDER).get(issuer)
    if jwks is None:
        raise UnapprovedSoftwareStatement("software_statement: its issuer is not trusted here")
    try:
        claims = verify_assertion(statement, jwks)
    except NotVerified as error:
        raise InvalidSoftwareStatement("software_statement: not signed by its issuer") from error
    _check_times(claims, svc.clock.now() // 1000)
    return {**metadata, **{name: value for name, value in claims.items() if name not in _OF_THE_JWT}}


def _check_times(claims: Claims, now: int) -> None:
    ends, begins = claims.get("exp", now + 1), claims.get("nbf", now)
    if not isinstance(ends, int) or not isinstance(begins, int) or not begins - TOLERANCE_S <= now < ends:
        raise InvalidSoftwareStatement("software_statement: exp and nbf: out of its time")


def _trusted(folder: Path) -> Mapping[str, tuple[Mapping[str, object], ...]]:
    if not folder.is_dir():
        return {}
    return _read(tuple((str(path), path.stat().st_mtime_ns) for path in sorted(folder.glob("*.json"))))


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[str, int], ...]) -> Mapping[str, tuple[Mapping[str, object], ...]]:
    """Issuer to its keys; the times of change only tell one state of the folder from another."""
    found = (orjson.loads(Path(path).read_bytes()) for path, _ in files)
    return {str(each["iss"]): tuple(each["jwks"]["keys"]) for each in found}
