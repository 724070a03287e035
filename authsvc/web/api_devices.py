"""How `/v1/devices` is described (OpenAPI 3.1)."""

from collections.abc import Mapping
from typing import Any

from authsvc.web import devices

JSON = "application/json"
_ID = {"type": "string", "format": "uuid"}
_TIME = {"type": "string", "format": "date-time"}
_DIGEST = {"type": "string", "description": "base64url SHA-256."}
_HEAD = {
    "id": _ID,
    "client_id": {"type": "string"},
    "state": {"enum": ["requested", "sent", "seen", "confirmed", "declined", "expired", "cancelled", "failed"]},
    "statement_digest": _DIGEST,
    "created_at": _TIME,
    "expires_at": _TIME,
    "reason": {"type": "string"},
    "record": _ID,
}
SCHEMAS: Mapping[str, Any] = {
    "DeviceSigned": {
        "type": "object",
        "required": ["message", "signature"],
        "additionalProperties": False,
        "properties": {
            "message": {"type": "string", "maxLength": 4096, "description": "Canonical JSON (RFC 8785), as text."},
            "signature": {"type": "string", "description": "ES256 over domain, zero octet, message; base64url."},
        },
    },
    "DeviceNonce": {
        "type": "object",
        "required": ["nonce", "expires_in"],
        "properties": {"nonce": {"type": "string"}, "expires_in": {"type": "integer"}},
    },
    "Device": {
        "type": "object",
        "required": ["device", "name", "record", "enrolled_at"],
        "properties": {"device": _ID, "name": {"type": "string"}, "record": _ID, "enrolled_at": _TIME},
    },
    "DeviceSession": {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in"],
        "properties": {
            "access_token": {"type": "string"},
            "token_type": {"const": "DPoP"},
            "expires_in": {"type": "integer"},
        },
    },
    "DeviceRequestHead": {"type": "object", "properties": _HEAD},
    "DeviceRequests": {
        "type": "object",
        "required": ["requests"],
        "properties": {"requests": {"type": "array", "items": {"$ref": "#/components/schemas/DeviceRequestHead"}}},
    },
    "DeviceRequest": {
        "type": "object",
        "properties": {
            **_HEAD,
            "statement": {"type": "string", "description": "The statement's canonical bytes, as text."},
            "digits": {"type": "integer", "description": "Of the number that the person types; 0 once it has ended."},
            "texts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "locale": {"enum": ["kk", "ru", "en"]},
                        "text": {"type": "string"},
                        "digest": _DIGEST,
                        "template": {"type": "string"},
                    },
                },
            },
        },
    },
}
SECURITY: Mapping[str, Any] = {
    "device": {"type": "http", "scheme": "dpop", "description": "A device's session (docs/devices.md)."}
}
_PARAMETER = {"name": "id", "in": "path", "required": True, "schema": _ID}


def _about(answer: str, *, body: str = "", status: str = "200", session: bool = False, own: bool = False) -> Any:
    content = {"content": {JSON: {"schema": {"$ref": f"#/components/schemas/{answer}"}}}} if answer else {}
    about: dict[str, Any] = {
        "security": [{"device": []} if session else {}],
        "parameters": [_PARAMETER] if own else [],
        "responses": {status: {"description": "Done", **content}},
    }
    if body:
        schema = {"$ref": f"#/components/schemas/{body}"}
        about["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return about


_ONE = "/v1/devices/requests/{id}"
_SIGNED = "DeviceSigned"
OPERATIONS = (
    ("/v1/devices", "POST", devices.enrol, _about("Device", body=_SIGNED, status="201")),
    ("/v1/devices/nonce", "POST", devices.offer_nonce, _about("DeviceNonce")),
    ("/v1/devices/session", "POST", devices.open_session, _about("DeviceSession", body=_SIGNED)),
    ("/v1/devices/leave", "POST", devices.leave, _about("", status="204", session=True)),
    ("/v1/devices/requests", "GET", devices.show_waiting, _about("DeviceRequests", session=True)),
    (_ONE, "GET", devices.show_one, _about("DeviceRequest", session=True, own=True)),
    (f"{_ONE}/answer", "POST", devices.answer, _about("DeviceRequestHead", body=_SIGNED, session=True, own=True)),
)
"""(path, method, endpoint, description)."""
