"""What `/openapi.json` says of decisions, notices, mandates and contracts."""

from collections.abc import Mapping
from typing import Any

from authsvc.web import decisions, notices

Schema = Mapping[str, Any]
_TEXTS: Schema = {
    "type": "object",
    "properties": {locale: {"type": "string"} for locale in ("kk", "ru", "en")},
}
_ALL_TEXTS: Schema = {**_TEXTS, "required": ["kk", "ru", "en"]}
_CODE: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_.-]{0,63}$"}
_WHEN: Schema = {"type": ["string", "null"], "format": "date-time"}
SCOPES: Mapping[str, str] = {
    "decisions": "declare automated rules, record their decisions, answer reviews",
    "notices": "send notices, and read when they were received and read",
}
SCHEMAS: Schema = {
    "DecisionRule": {
        "type": "object",
        "required": ["rule", "version", "name", "factors", "inputs", "ai"],
        "properties": {
            "rule": _CODE,
            "version": _CODE,
            "name": _ALL_TEXTS,
            "factors": {
                "type": "object",
                "additionalProperties": _ALL_TEXTS,
                "description": "Code to plain words: what a person whom the rule decides about will read.",
            },
            "inputs": {
                "type": "array",
                "items": _CODE,
                "description": "What the rule takes in. Nationality, sex, health, belief and age are refused.",
            },
            "ai": {
                "type": "object",
                "required": ["used"],
                "description": (
                    "`used: false` with `why` by locale, or `used: true` with `name`, `version`, `purpose` by locale, "
                    "`documentation` (https) and `category` (minimum, medium, high)."
                ),
            },
        },
    },
    "DecisionMade": {
        "type": "object",
        "required": ["subject", "rule", "version", "result", "fully_automated", "factors", "effect"],
        "additionalProperties": False,
        "properties": {
            "subject": {"type": "string", "description": "The person's `sub`, as their ID token told it."},
            "rule": _CODE,
            "version": _CODE,
            "result": {"enum": ["allowed", "step_up", "refused"]},
            "fully_automated": {"type": "boolean"},
            "factors": {
                "type": "array",
                "items": _CODE,
                "description": "Of the rule; what this decision follows from.",
            },
            "effect": {**_ALL_TEXTS, "description": "What follows for the person, in plain words."},
            "score": {"type": "integer", "description": "Never told, and never a reason by itself."},
        },
    },
    "DecisionReviewed": {
        "type": "object",
        "required": ["result", "reasons", "reviewer"],
        "additionalProperties": False,
        "properties": {
            "result": {"enum": ["granted", "partly_granted", "rejected", "settled"]},
            "reasons": {"type": "string", "maxLength": 4000},
            "reviewer": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {"name": {"type": "string"}, "iin": {"type": "string", "pattern": "^[0-9]{12}$"}},
                "description": "The person of yours who decided. Without one there is no outcome.",
            },
        },
    },
    "NoticeSent": {
        "type": "object",
        "required": ["subject", "title", "text"],
        "additionalProperties": False,
        "properties": {
            "subject": {"type": "string", "description": "The person's `sub`, as their ID token told it."},
            "title": {**_ALL_TEXTS, "description": "One line of at most 120 characters."},
            "text": {**_ALL_TEXTS, "description": "At most 8,000 characters."},
        },
    },
    "Notice": {
        "type": "object",
        "required": ["kind", "id", "state", "receipts"],
        "properties": {
            "kind": {"const": "notice"},
            "id": {"type": "string", "format": "uuid"},
            "state": {"enum": ["sent", "received", "opened", "acknowledged"]},
            "receipts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["fact", "time", "sender"],
                    "properties": {
                        "fact": {"enum": ["sent", "received", "opened", "acknowledged"]},
                        "time": {"type": "string", "format": "date-time"},
                        "sender": {"type": "string"},
                        "record": {"$ref": "#/components/schemas/Record"},
                    },
                },
                "description": "Without `received` the notice counts as not received.",
            },
        },
    },
    "Decision": {
        "type": "object",
        "required": ["kind", "id", "result", "rule", "version", "factors", "fully_automated", "reviews"],
        "properties": {
            "kind": {"const": "decision"},
            "id": {"type": "string", "format": "uuid"},
            "result": {"enum": ["allowed", "step_up", "refused"]},
            "rule": _CODE,
            "version": _CODE,
            "factors": {"type": "array", "items": _CODE},
            "fully_automated": {"type": "boolean"},
            "opened_at": {**_WHEN, "description": "When the person opened it for the first time."},
            "review_due": {**_WHEN, "description": "Until when a review may be asked for; null: no end."},
            "reviews": {"type": "array", "items": {"type": "object"}},
            "record": {"$ref": "#/components/schemas/Record"},
        },
    },
}
OPERATIONS = (
    ("/v1/notices", "POST", notices.send, "notices", "key wait", "NoticeSent", "201", "Notice"),
    ("/v1/notices/{id}", "GET", notices.read, "notices", "id wait", "", "200", "Notice"),
    ("/v1/decisions/rules", "POST", decisions.declare, "decisions", "", "DecisionRule", "201", "DecisionRule"),
    ("/v1/decisions", "POST", decisions.decide, "decisions", "key wait", "DecisionMade", "201", "Decision"),
    ("/v1/decisions/{id}", "GET", decisions.read, "decisions", "id wait", "", "200", "Decision"),
    (
        "/v1/decisions/{id}/review",
        "POST",
        decisions.review,
        "decisions",
        "id key wait",
        "DecisionReviewed",
        "200",
        "Decision",
    ),
)
"""(path, method, endpoint, scope, parameters, body, status, answer)."""
