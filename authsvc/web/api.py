"""The JSON API under `/v1`, as FastAPI describes it; `/openapi.json`, and `/docs` as a plain page without a script.

The endpoints take the request and give the response themselves, so nothing stands between them and the wire; what they
read and answer is described here by hand.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import __version__
from authsvc.web import (
    api_cases,
    api_confirmations,
    api_devices,
    api_webhooks,
    confirmations,
    evidence,
    invitations,
    signatures,
)
from authsvc.web.pages import render

JSON = "application/json"
Schema = Mapping[str, Any]


def describe() -> FastAPI:
    """The app with every route under `/v1` on it, and nothing else."""
    app = FastAPI(
        title="authsvc",
        version=__version__,
        description=(
            "Digital confirmations, verification of electronic digital signatures, and the evidence of both. "
            "A confirmation is not a signature: they have different paths, records and receipts."
        ),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for path, method, endpoint, about in _OPERATIONS:
        done = int(next(iter(about["responses"])))
        app.add_api_route(path, endpoint, methods=[method], status_code=done, openapi_extra=dict(about))
    return app


async def openapi(request: Request) -> Response:
    """GET /openapi.json."""
    return Response(_document(request.app), media_type=JSON, headers={"cache-control": "public, max-age=300"})


async def docs(request: Request) -> Response:
    """GET /docs: the same description to read."""
    described = orjson.loads(_document(request.app))
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = {name: _write(schema) for name, schema in described["components"]["schemas"].items()}
    return render(request, "docs.html", operations=operations, schemas=schemas, write=_write)


@cache
def _document(app: FastAPI) -> bytes:
    described = app.openapi()
    described.setdefault("components", {})["schemas"] = {
        **_SCHEMAS,
        **api_webhooks.SCHEMAS,
        **api_cases.SCHEMAS,
        **api_devices.SCHEMAS,
        **api_confirmations.SCHEMAS,
    }
    described["components"]["securitySchemes"] = {**_SECURITY, **api_devices.SECURITY}
    for methods in described["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _PROBLEM
    return orjson.dumps(described, option=orjson.OPT_INDENT_2)


def _write(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str, words: str) -> Schema:
    return {"description": words, "content": {JSON: {"schema": _ref(name)}}}


_PROBLEM: Schema = {
    "description": "A refusal (RFC 9457)",
    "content": {"application/problem+json": {"schema": _ref("Problem")}},
}
_SECURITY: Schema = {
    "relying_party": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "/oauth/token",
                "scopes": {
                    "confirmations": "ask for confirmations and read them",
                    "signatures": "verify signed documents",
                    "invitations": "invite people whom you have identified; given by the operator alone",
                    "evidence": "read records of one's own acts, and export them",
                    **api_cases.SCOPES,
                },
            }
        },
    }
}
_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key with the same body gives the same act again; kept for 24 hours.",
}
_WAIT: Schema = {
    "name": "wait",
    "in": "query",
    "required": False,
    "schema": {"enum": ["sequenced", "witnessed", "anchored"]},
    "description": (
        "How far the record should have come: in the log, cosigned by a quorum of witnesses, bracketed by time stamps. "
        "Bounded: when it is late the act stands, and `state` says how far it is. Default: witnessed where there are "
        "witnesses, else sequenced."
    ),
}
_ID: Schema = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
_TEXTS: Schema = {
    "type": "object",
    "properties": {locale: {"type": "string"} for locale in ("kk", "ru", "en")},
}
_SCHEMAS: Schema = {
    "ConfirmationAsked": {
        "type": "object",
        "required": ["subject", "act"],
        "additionalProperties": False,
        "properties": {
            "subject": {"type": "string", "description": "The person's `sub`, as their ID token told it."},
            "act": {"type": "string", "description": "Which kind of act: it decides the methods that may carry it."},
            "fields": {"type": "array", "items": {"type": "object"}, "description": "Typed particulars of the act."},
            "text": {**_TEXTS, "description": "The act in words, by locale."},
            "methods": {
                "type": "array",
                "items": {"type": "array", "items": {"type": "string"}},
                "description": "Combinations that will do, best first; the policy narrows them.",
            },
            "lifetime": {"type": "integer", "description": "Seconds."},
            "on_behalf_of": {
                "type": "object",
                "required": ["bin"],
                "additionalProperties": False,
                "properties": {"bin": {"type": "string", "pattern": "^[0-9]{12}$"}},
                "description": (
                    "The legal entity for which the person acts: by a mandate of its head that covers this act. Where "
                    "it takes several persons all of them are asked."
                ),
            },
        },
    },
    "Confirmation": {
        "type": "object",
        "required": ["kind", "id", "state", "expires_at", "tries", "statement", "page"],
        "properties": {
            "kind": {"const": "confirmation"},
            "id": {"type": "string", "format": "uuid"},
            "state": {"enum": ["requested", "sent", "seen", "sequenced", "witnessed", "anchored"]},
            "expires_at": {"type": "integer", "description": "Milliseconds since 1970."},
            "tries": {"type": "integer"},
            "statement": {
                "type": ["object", "null"],
                "description": "Exactly what the person is asked; null once their data were erased.",
            },
            "erased": {
                "const": True,
                "description": "The person's data were erased: no receipt can be given again. One that was kept holds.",
            },
            "entry": {"type": "string", "description": "After an erasure: the record's exact text."},
            "proof": {"type": "string", "description": "After an erasure: its C2SP tlog-proof."},
            "page": {"type": "string", "format": "uri", "description": "Where the person answers."},
            "method": {"enum": ["code", "push"], "description": "How the person answers."},
            "confirmation_number": {
                "type": "string",
                "pattern": "^[0-9]{4}$",
                "description": "While a pushed request waits: show it to the person, who types it into their device.",
            },
            "group": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "k": {"type": "integer"},
                    "n": {"type": "integer"},
                    "confirmed": {"type": "integer"},
                    "outcome": {"enum": ["", "met", "failed"]},
                    "requests": {"type": "array", "items": {"type": "string", "format": "uuid"}},
                },
                "description": "Where k of n persons confirm for an entity: act on `met`, never on one of them.",
            },
            "outcome": {"enum": ["confirmed", "declined", "expired", "cancelled", "failed"]},
            "reason": {"type": "string"},
            "record": {"type": "string", "format": "uuid"},
            "receipt": {
                "type": ["string", "null"],
                "description": "A JWS, `typ` confirmation-receipt+jwt, with inclusion proof.",
            },
        },
    },
    "DocumentToVerify": {
        "type": "object",
        "required": ["signed"],
        "additionalProperties": False,
        "properties": {
            "signed": {"type": "string", "contentEncoding": "base64"},
            "content": {"type": "string", "contentEncoding": "base64", "description": "Of a detached signature."},
            "digests": {
                "type": "object",
                "required": ["sha256"],
                "additionalProperties": {"type": "string"},
                "description": (
                    "In place of `content`: its digests in hexadecimal, by the hash's name (sha256, sha512, "
                    "gost-34.11-2015-512 …). SHA-256 always, and the one that the signature uses."
                ),
            },
            "evidence": {
                "type": "array",
                "items": {"type": "string", "contentEncoding": "base64"},
                "maxItems": 64,
                "description": "CRLs, OCSP responses and certificates: hints, each is checked.",
            },
            "name": {"type": "string", "maxLength": 300},
            "policy": {
                "enum": ["basic", "online", "archive"],
                "description": (
                    "Of what age a revocation status must be: in force at the time that is judged (basic), in force "
                    "now and at most a week old (online), issued after the best signature time (archive, for "
                    "signatures with a time stamp; the time of one without is the moment of the verification)."
                ),
            },
            "keep": {"type": "boolean", "description": "Keep the detached content, sealed, for a court package."},
        },
    },
    "Verification": {
        "type": "object",
        "required": ["kind", "report", "records"],
        "properties": {
            "kind": {"const": "signature_verification"},
            "id": {"type": "string", "format": "uuid", "description": "Absent where there is no signature."},
            "state": {
                "enum": ["final", "waiting", "settled", "given_up"],
                "description": "Whether a revocation status is asked for again; once settled, `later` has the report.",
            },
            "policy": {"enum": ["basic", "online", "archive"]},
            "next_try": {"type": "string", "format": "date-time"},
            "give_up": {"type": "string", "format": "date-time"},
            "earlier": {"type": "string", "format": "uuid"},
            "later": {"type": "string", "format": "uuid"},
            "report": {"type": "object", "description": "In the words of ETSI EN 319 102-1."},
            "records": {"type": "array", "items": _ref("Record")},
        },
    },
    "Record": {
        "type": "object",
        "required": ["id", "index", "state", "entry", "proof"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "index": {"type": "integer"},
            "entry": {"type": "string", "description": "The entry's exact text."},
            "proof": {"type": "string", "description": "C2SP tlog-proof."},
            "type": {"type": "string"},
            "state": {"enum": ["sequenced", "witnessed", "anchored"]},
            "disclosures": {"type": "array", "items": {"type": "object"}},
            "disputes": {
                "type": "array",
                "items": {"type": "object"},
                "description": (
                    "Who contests this record: `id`, `kind`, `state` (open, proposed, withdrawn, or the result) and, "
                    "once a named person decided, `resolution`. Both are records that you can read by their ids."
                ),
            },
            "receipt": {
                "type": ["string", "null"],
                "description": (
                    "Of an authentication: a JWS, `typ` authentication-receipt+jwt, with factors, acr, capacity, "
                    "mandate and inclusion proof. Null once the person's data were erased."
                ),
            },
        },
    },
    "ExportAsked": {
        "type": "object",
        "required": ["acts"],
        "additionalProperties": False,
        "properties": {
            "acts": {
                "type": "array",
                "items": {"type": "string", "format": "uuid"},
                "minItems": 1,
                "maxItems": 100,
                "description": "Ids of records of one's own acts.",
            }
        },
    },
    "Export": {
        "type": "object",
        "required": ["kind", "id", "state", "done", "total", "acts", "created_at"],
        "properties": {
            "kind": {"const": "evidence_export"},
            "id": {"type": "string", "format": "uuid"},
            "state": {"enum": ["queued", "making", "ready", "failed", "erased", "gone"]},
            "done": {"type": "integer", "description": "Steps made, of `total`."},
            "total": {"type": "integer"},
            "acts": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            "created_at": {"type": "string", "format": "date-time"},
            "reason": {"enum": ["too_many", "nothing", "not_found", "fault"]},
            "record": {"type": "string", "format": "uuid", "description": "The export's own record in the log."},
            "size": {"type": "integer", "description": "Bytes."},
            "package": {"type": "string", "format": "uri"},
            "kept_until": {"type": "string", "format": "date-time"},
        },
    },
    "InvitationAsked": {
        "type": "object",
        "required": ["iin", "name", "locale", "address"],
        "additionalProperties": False,
        "properties": {
            "iin": {"type": "string", "pattern": "^[0-9]{12}$"},
            "name": {"type": "string", "maxLength": 200},
            "locale": {"enum": ["kk", "ru", "en"]},
            "address": {
                "type": "string",
                "description": "+77011234567 or a mailbox: the link goes there.",
            },
        },
    },
    "Invitation": {
        "type": "object",
        "required": ["id", "state", "expires_at"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "state": {"enum": ["open", "used", "over"]},
            "expires_at": {"type": "string", "format": "date-time"},
        },
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "code", "instance"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "description": "Stable; `detail` is for people and may change."},
            "detail": {"type": "string"},
            "instance": {"type": "string", "description": "The request's id, as in x-request-id."},
        },
    },
}


def _about(scope: str, *parameters: Schema, body: str = "", status: str = "200", answer: str = "") -> Schema:
    about: dict[str, Any] = {
        "security": [{"relying_party": [scope]}],
        "parameters": list(parameters),
        "responses": {status: _json(answer, "Done") if answer else {"description": "Done"}},
    }
    if body:
        about["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(body)}}}
    return about


def _file(description: str, media_type: str) -> Schema:
    content: Schema = {media_type: {"schema": {"type": "string", "contentEncoding": "binary"}}}
    return {
        "security": [{"relying_party": ["evidence"]}],
        "parameters": [_ID],
        "responses": {"200": {"description": description, "content": content}},
    }


_PACKAGE = _file("The package (ASiC-E); `authsvc evidence check` checks it offline", "application/zip")
_PDF = _file("The report as one PDF with the whole package inside; 409 where the package has none", "application/pdf")
_WEBHOOK: Mapping[str, Sequence[Schema]] = {
    "": (),
    "key": (_KEY,),
    "id": (_ID,),
    "page": (_ID, api_webhooks.STATE, api_webhooks.AFTER),
}
_NAMED = {"key": _KEY, "id": _ID, "wait": _WAIT}
_OPERATIONS = (
    (
        "/v1/confirmations",
        "POST",
        confirmations.ask,
        _about("confirmations", _KEY, _WAIT, body="ConfirmationAsked", status="201", answer="Confirmation"),
    ),
    ("/v1/confirmations", "GET", confirmations.show_all, api_confirmations.LIST),
    ("/v1/confirmations/events", "GET", confirmations.listen, api_confirmations.EVENTS),
    (
        "/v1/confirmations/{id}",
        "GET",
        confirmations.read,
        _about("confirmations", _ID, _WAIT, api_confirmations.PREFER, answer="Confirmation"),
    ),
    (
        "/v1/confirmations/{id}/cancel",
        "POST",
        confirmations.cancel,
        _about("confirmations", _ID, _WAIT, answer="Confirmation"),
    ),
    (
        "/v1/signatures",
        "POST",
        signatures.verify,
        _about("signatures", _KEY, _WAIT, body="DocumentToVerify", answer="Verification"),
    ),
    ("/v1/signatures/{id}", "GET", signatures.read_again, _about("signatures", _ID, _WAIT, answer="Verification")),
    (
        "/v1/evidence/exports",
        "POST",
        evidence.ask_export,
        _about("evidence", _KEY, body="ExportAsked", status="202", answer="Export"),
    ),
    ("/v1/evidence/exports/{id}", "GET", evidence.read_export, _about("evidence", _ID, answer="Export")),
    ("/v1/evidence/exports/{id}/package", "GET", evidence.package, _PACKAGE),
    ("/v1/evidence/exports/{id}/pdf", "GET", evidence.pdf, _PDF),
    ("/v1/evidence/{id}", "GET", evidence.read, _about("evidence", _ID, _WAIT, answer="Record")),
    (
        "/v1/invitations",
        "POST",
        invitations.invite,
        _about("invitations", _KEY, body="InvitationAsked", status="201", answer="Invitation"),
    ),
    ("/v1/invitations/{id}", "GET", invitations.read, _about("invitations", _ID, answer="Invitation")),
    *(
        (path, method, endpoint, _about("confirmations", *_WEBHOOK[named], body=body, status=status, answer=answer))
        for path, method, endpoint, named, body, status, answer in api_webhooks.OPERATIONS
    ),
    *(
        (
            path,
            method,
            endpoint,
            _about(scope, *[_NAMED[each] for each in named.split()], body=body, status=status, answer=answer),
        )
        for path, method, endpoint, scope, named, body, status, answer in api_cases.OPERATIONS
    ),
    *api_devices.OPERATIONS,
)
ROUTES = (
    Route("/openapi.json", openapi, methods=["GET"]),
    Route("/docs", docs, methods=["GET"]),
)
