"""How `/v1/webhooks` is described (OpenAPI 3.1)."""

from collections.abc import Mapping
from typing import Any

from authsvc.web import webhooks
from authsvc.webhooks import EVENTS

_ID = {"type": "string", "format": "uuid"}
_TIME = {"type": "string", "format": "date-time"}
_EVENTS = {
    "type": "array",
    "items": {"enum": [*EVENTS, "confirmation.*", "signature.*", "dispute.*", "notice.*", "contract.*"]},
    "minItems": 1,
}
SCHEMAS: Mapping[str, Any] = {
    "WebhookAsked": {
        "type": "object",
        "required": ["url", "events"],
        "additionalProperties": False,
        "properties": {"url": {"type": "string", "format": "uri", "maxLength": 2048}, "events": _EVENTS},
    },
    "Webhook": {
        "type": "object",
        "required": ["id", "url", "events", "state", "created_at"],
        "properties": {
            "id": _ID,
            "url": {"type": "string", "format": "uri"},
            "events": _EVENTS,
            "state": {
                "enum": ["active", "gone"],
                "description": "gone: it answered 410; rotate it.",
            },
            "created_at": _TIME,
            "secret": {"type": "string", "description": "Told once: `whsec_` and base64 of 32 bytes."},
        },
    },
    "Webhooks": {
        "type": "object",
        "required": ["endpoints"],
        "properties": {"endpoints": {"type": "array", "items": {"$ref": "#/components/schemas/Webhook"}}},
    },
    "WebhookDeliveries": {
        "type": "object",
        "required": ["deliveries"],
        "properties": {
            "deliveries": {
                "type": "array",
                "maxItems": 100,
                "items": {
                    "type": "object",
                    "required": ["id", "event", "type", "state", "attempts", "reason", "created_at", "body"],
                    "properties": {
                        "id": _ID,
                        "event": {**_ID, "description": "The header `webhook-id`, the same at each try."},
                        "type": {"enum": list(EVENTS)},
                        "state": {"enum": ["waiting", "delivered", "dead"]},
                        "attempts": {"type": "integer"},
                        "reason": {"type": "string", "description": "`http_STATUS`, `unreachable` or `gone`."},
                        "created_at": _TIME,
                        "due_at": _TIME,
                        "body": {"type": "object"},
                    },
                },
            }
        },
    },
    "ReplayAsked": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "deliveries": {"type": "array", "items": _ID, "maxItems": 1000},
            "since": {**_TIME, "description": "Dead letters since this time."},
        },
    },
    "Replayed": {"type": "object", "required": ["replayed"], "properties": {"replayed": {"type": "integer"}}},
}


def _query(name: str, schema: Mapping[str, Any], words: str) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": words}


STATE = _query("state", {"enum": ["waiting", "delivered", "dead"]}, "Only these.")
AFTER = _query("after", {"type": "string"}, "The id of the last one of the page before.")
OPERATIONS = (
    ("/v1/webhooks", "POST", webhooks.register, "key", "WebhookAsked", "201", "Webhook"),
    ("/v1/webhooks", "GET", webhooks.show_all, "", "", "200", "Webhooks"),
    ("/v1/webhooks/{id}", "DELETE", webhooks.remove, "id", "", "204", ""),
    ("/v1/webhooks/{id}/rotate", "POST", webhooks.rotate, "id", "", "200", "Webhook"),
    ("/v1/webhooks/{id}/deliveries", "GET", webhooks.deliveries, "page", "", "200", "WebhookDeliveries"),
    ("/v1/webhooks/{id}/replay", "POST", webhooks.replay, "id", "ReplayAsked", "202", "Replayed"),
)
"""(path, method, endpoint, which parameters, body, status, answer); the scope of each is `confirmations`."""
