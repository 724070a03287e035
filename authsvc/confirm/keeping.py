"""How a request lies in the database: the statement sealed, the challenge as it was issued, the code as a MAC."""

import hashlib

import orjson

from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import proofs
from authsvc.store.proofs import RequestRow
from confirmations import Statement
from confirmations.challenge import Challenge
from confirmations.methods.code import CodeChallenge
from confirmations.methods.push import PushChallenge, number_of


def code_key(svc: Service) -> bytes:
    """The key of the codes' MACs; it is not in the database."""
    return svc.keys.secret("code")


def number_key(svc: Service) -> bytes:
    """The key of the numbers that relying parties show; it is not in the database."""
    return svc.keys.secret("push-number")


def number_for(svc: Service, row: RequestRow) -> str:
    """The number that the relying party shows while a pushed request waits; empty for any other."""
    if not row.open or row.method != "push":
        return ""
    return number_of(push_of(row), statement_digest=row.digest, key=number_key(svc))


def seal_statement(svc: Service, statement: Statement) -> bytes:
    """The canonical bytes, bound to their request."""
    return svc.keys.seal("statement", statement.canonical(), statement.id.encode())


async def statement_bytes(svc: Service, row: RequestRow) -> bytes:
    """The canonical bytes of the statement, as they were sealed."""
    known = _READ.get(row.digest)
    if known is not None:
        return known.canonical()
    return svc.keys.unseal("statement", await proofs.statement_of(svc.store, row.id), row.id.encode())


async def open_statement(svc: Service, row: RequestRow) -> Statement:
    """The statement exactly as it was asked; its digest is that of the row."""
    known = _READ.get(row.digest)
    if known is not None:
        return known
    statement = Statement.of(orjson.loads(await statement_bytes(svc, row)))
    if statement.digest() != row.digest:
        raise RuntimeError("the statement kept is not the one that was asked")
    return remember(statement)


def remember(statement: Statement) -> Statement:
    """Keep a statement by its digest, which no two have: an answer follows soon on its request."""
    _READ[statement.digest()] = statement
    if len(_READ) > STATEMENTS_KEPT:
        _READ.pop(next(iter(_READ)), None)
    return statement


def forget() -> None:
    """No statement stays in this process's memory."""
    _READ.clear()


STATEMENTS_KEPT = 2048
_READ: dict[str, Statement] = {}


def challenge_text(challenge: CodeChallenge | PushChallenge) -> str:
    """What the row keeps beside the MAC."""
    if isinstance(challenge, PushChallenge):
        return orjson.dumps(
            {
                "created": challenge.created,
                "digits": challenge.digits,
                "expires": challenge.expires,
                "nonce": challenge.nonce,
            }
        ).decode()
    return orjson.dumps(
        {
            "address_id": challenge.address_id,
            "created": challenge.created,
            "digits": challenge.digits,
            "expires": challenge.expires,
            "key_id": challenge.key_id,
            "nonce": challenge.nonce,
            "send": challenge.send,
        }
    ).decode()


def challenge_of(row: RequestRow) -> CodeChallenge:
    """The challenge of a row that is answered by a code."""
    return CodeChallenge(request_id=row.id, mac=row.code_mac, **orjson.loads(row.challenge))


def push_of(row: RequestRow) -> PushChallenge:
    """The challenge of a row that is answered on a device."""
    return PushChallenge(request_id=row.id, **orjson.loads(row.challenge))


def issued_of(row: RequestRow) -> Challenge:
    """What was issued for a row."""
    return push_of(row) if row.method == "push" else challenge_of(row)


def digest_of(data: bytes) -> str:
    """base64url SHA-256 of a blob kept outside the log."""
    return b64url(hashlib.sha256(data).digest())
