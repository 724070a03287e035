"""How the list of confirmations, its events and the long poll are described (OpenAPI 3.1)."""

from collections.abc import Mapping
from typing import Any

_ID = {"type": "string", "format": "uuid"}
_MS = {"type": "integer", "description": "Milliseconds since 1970."}
SCHEMAS: Mapping[str, Any] = {
    "ConfirmationBrief": {
        "type": "object",
        "required": ["kind", "id", "act", "method", "statement_digest", "created_at", "expires_at", "tries"],
        "properties": {
            "kind": {"const": "confirmation"},
            "id": _ID,
            "act": {"type": "string"},
            "method": {"enum": ["code", "push"]},
            "statement_digest": {"type": "string"},
            "created_at": _MS,
            "expires_at": _MS,
            "tries": {"type": "integer"},
            "state": {"enum": ["requested", "sent", "seen"], "description": "While it is open."},
            "outcome": {"enum": ["confirmed", "declined", "expired", "cancelled", "failed"]},
            "reason": {"type": "string"},
            "record": _ID,
        },
    },
    "Confirmations": {
        "type": "object",
        "required": ["confirmations", "more"],
        "properties": {
            "confirmations": {
                "type": "array",
                "maxItems": 100,
                "items": {"$ref": "#/components/schemas/ConfirmationBrief"},
            },
            "more": {"type": "boolean", "description": "Go on with `after`, the id of the last one."},
        },
    },
}


def _parameter(place: str, name: str, schema: Mapping[str, Any], words: str) -> Mapping[str, Any]:
    return {"name": name, "in": place, "required": False, "schema": schema, "description": words}


PREFER = _parameter(
    "header", "Prefer", {"type": "string"}, "`wait=SECONDS` (RFC 7240): wait for the outcome, 60 seconds at most."
)
_SECURITY = [{"relying_party": ["confirmations"]}]
LIST: Mapping[str, Any] = {
    "security": _SECURITY,
    "parameters": [
        _parameter("query", "state", {"enum": ["open", "ended"]}, "Only these."),
        _parameter("query", "after", {"type": "string"}, "The id of the last one of the page before."),
    ],
    "responses": {
        "200": {
            "description": "Done",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Confirmations"}}},
        }
    },
}
EVENTS: Mapping[str, Any] = {
    "security": _SECURITY,
    "parameters": [
        _parameter("header", "Last-Event-ID", {"type": "string"}, "Go on behind this event: none is missed."),
        _parameter("query", "since", {"type": "integer"}, "The same, in milliseconds since 1970."),
    ],
    "responses": {
        "200": {
            "description": (
                "Events `request` with `data` {id, state}: a request was opened (`open`) or has this outcome."
                " A hint that may come twice; read the request."
            ),
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
}
