"""Dynamic client registration over HTTP: `/oauth/register` and each client's own place under it (RFC 7591, 7592)."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.errors import AuthsvcError
from authsvc.oidc import discovery, registration
from authsvc.oidc.errors import BearerRefused, InvalidClientMetadata, TokenMissing
from authsvc.oidc.registration import Registration
from authsvc.service import Service
from authsvc.web.pages import service_of
from authsvc.web.problems import oauth_failure

JSON = "application/json"
NO_STORE = {"cache-control": "no-store"}
PATH = discovery.PATHS["registration_endpoint"]
PLACE = PATH + "/{client_id}"


async def register(request: Request) -> Response:
    """POST: 201 with the client's id, secret and registration token."""
    svc = service_of(request)
    try:
        done = await registration.register(svc, _token(request), await _metadata(request))
    except AuthsvcError as error:
        return _refusal(error)
    return _told(svc, done, 201)


async def read(request: Request) -> Response:
    """GET: the registered metadata."""
    svc, client_id, token = service_of(request), request.path_params["client_id"], request
    try:
        given = _token(token)
        party = await registration.read(svc, client_id, given)
    except AuthsvcError as error:
        return _refusal(error)
    return _answer(svc, registration.describe(party), given, 200)


async def change(request: Request) -> Response:
    """PUT: all metadata anew, and another registration token."""
    svc = service_of(request)
    try:
        metadata = await _metadata(request)
        done = await registration.change(svc, request.path_params["client_id"], _token(request), metadata)
    except AuthsvcError as error:
        return _refusal(error)
    return _told(svc, done, 200)


async def remove(request: Request) -> Response:
    """DELETE: the client is closed."""
    try:
        await registration.remove(service_of(request), request.path_params["client_id"], _token(request))
    except AuthsvcError as error:
        return _refusal(error)
    return Response(status_code=204, headers=NO_STORE)


def _refusal(error: AuthsvcError) -> Response:
    """RFC 7591 3.2.2 for metadata, RFC 6750 for tokens."""
    if isinstance(error, BearerRefused):
        challenge = "Bearer" if isinstance(error, TokenMissing) else 'Bearer error="invalid_token"'
        said = discovery.write({"error": "invalid_token", "error_description": error.message})
        return Response(said, 401, {**NO_STORE, "www-authenticate": challenge}, JSON)
    return oauth_failure(error).response()


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing("a token of the registration is needed: Authorization: Bearer")
    return token.strip(" ")


async def _metadata(request: Request) -> object:
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise InvalidClientMetadata("a JSON object is expected") from error


def _told(svc: Service, done: Registration, status: int) -> Response:
    said = registration.describe(done.party)
    if status == 201:
        said["client_id_issued_at"] = done.issued_at
    if done.client_secret:
        said |= {"client_secret": done.client_secret, "client_secret_expires_at": 0}
    return _answer(svc, said, done.token, status)


def _answer(svc: Service, said: dict[str, object], token: str, status: int) -> Response:
    said["registration_access_token"] = token
    said["registration_client_uri"] = f"{svc.settings.issuer}{PATH}/{said['client_id']}"
    return Response(discovery.write(said), status, NO_STORE, JSON)


ROUTES = (
    Route(PATH, register, methods=["POST"]),
    Route(PLACE, read, methods=["GET"]),
    Route(PLACE, change, methods=["PUT"]),
    Route(PLACE, remove, methods=["DELETE"]),
)
