"""What `/openapi.json` says of decisions, notices, mandates and contracts."""

from collections.abc import Mapping
from typing import Any

from authsvc.web import contracts, decisions, notices

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
    "contracts": "propose contracts in code, and read whether they are concluded and undisputed",
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
    "ContractProposed": {
        "type": "object",
        "required": ["parties", "terms", "code", "dispute"],
        "additionalProperties": False,
        "properties": {
            "parties": {
                "type": "array",
                "minItems": 2,
                "maxItems": 20,
                "items": {
                    "type": "object",
                    "required": ["subject"],
                    "additionalProperties": False,
                    "properties": {
                        "subject": {"type": "string"},
                        "by": {"enum": ["confirmation", "eds"]},
                        "bin": {"type": "string", "pattern": "^[0-9]{12}$"},
                    },
                },
            },
            "terms": {**_TEXTS, "description": "At most 1,200 characters each; in the language of each party."},
            "code": {
                "type": "object",
                "required": ["name", "digest"],
                "additionalProperties": False,
                "properties": {"name": {"type": "string"}, "digest": {"type": "string"}},
                "description": "`digest`: SHA-256 of the program, base64url.",
            },
            "dispute": {
                "type": "object",
                "properties": {"who": _TEXTS, "how": _TEXTS, "contact": _TEXTS},
                "description": "Which persons decide a dispute, how, and by which contact; refused without.",
            },
            "lifetime": {"type": "integer", "minimum": 3600, "maximum": 604800, "description": "Seconds."},
        },
    },
    "Contract": {
        "type": "object",
        "required": ["kind", "id", "state", "digest", "agreement", "parties", "disputes", "signed"],
        "properties": {
            "kind": {"const": "contract"},
            "id": {"type": "string", "format": "uuid"},
            "state": {
                "enum": ["open", "concluded", "declined", "disputed", "resolved"],
                "description": "Act on concluded alone; stop on disputed; do what the resolution says on resolved.",
            },
            "digest": {"type": "string", "description": "SHA-256 of `agreement`, base64url."},
            "agreement": {"type": "string", "description": "The file that all parties answer to."},
            "expires_at": _WHEN,
            "parties": {"type": "array", "items": {"type": "object"}},
            "disputes": {"type": "array", "items": {"type": "object"}},
            "signed": {
                "type": "string",
                "description": "All of it as a JWS, `typ` contract-state+jwt.",
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
    ("/v1/contracts", "POST", contracts.propose, "contracts", "key wait", "ContractProposed", "201", "Contract"),
    ("/v1/contracts/{id}", "GET", contracts.read, "contracts", "id wait", "", "200", "Contract"),
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
