"""Failures as HTTP answers: RFC 9457 problem details with a stable `code`; under `/v2` its own."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app import errors
from app.http.queries import reasons

STATUS: Final[Mapping[type[errors.AtlasError], HTTPStatus]] = MappingProxyType(
    {
        errors.BrokenBody: HTTPStatus.BAD_REQUEST,
        errors.SlowBody: HTTPStatus.REQUEST_TIMEOUT,
        errors.Unauthorised: HTTPStatus.UNAUTHORIZED,
        errors.ModelNotFound: HTTPStatus.NOT_FOUND,
        errors.UnknownItem: HTTPStatus.NOT_FOUND,
        errors.NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
        errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        errors.UnsupportedBody: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.InvalidLatent: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.InvalidImage: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.Busy: HTTPStatus.TOO_MANY_REQUESTS,
        errors.Expired: HTTPStatus.TOO_MANY_REQUESTS,
        errors.Abandoned: HTTPStatus.BAD_REQUEST,  # written to a closed connection
        errors.NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
CODES: Final = {  # of what the framework refuses
    400: "InvalidRequest",
    404: "UnknownPath",
    405: "WrongMethod",
    413: "BodyTooLarge",
}
MEDIA_TYPE: Final = "application/problem+json"


def problem(scope: Mapping[str, Any], error: Exception) -> Response:
    """Turn a failure into its answer; one that nobody expected becomes a bare 500."""
    if not isinstance(error, errors.AtlasError):
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return _answer(
            scope, status, "InternalError", "The service failed; the log has the reason."
        )
    headers = {}
    if isinstance(error, errors.Busy | errors.NotReady):
        headers["retry-after"] = "1"
    if isinstance(error, errors.Unauthorised):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, errors.BodyTooLarge | errors.BrokenBody | errors.SlowBody):
        headers["connection"] = "close"  # the rest of the body is not read
    return _answer(scope, STATUS[type(error)], type(error).__name__, str(error), headers)


async def expected(request: Request, error: Exception) -> Response:
    """Answer an `AtlasError`; those that say "busy" are counted."""
    if isinstance(error, errors.Busy):
        request.app.state.service.metrics.rejected(type(error).__name__)
    return problem(request.scope, error)


async def unexpected(request: Request, error: Exception) -> Response:
    """Answer a failure of ours; `ErrorMiddleware` logs it."""
    return problem(request.scope, error)


async def malformed(request: Request, error: Exception) -> Response:
    """Answer a query or path that its declaration refuses. FastAPI's own handler echoes it."""
    assert isinstance(error, RequestValidationError)
    return problem(request.scope, errors.InvalidRequest(reasons(error.errors())))


async def refused(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown paths and methods, bodies too large."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail, headers = str(error.detail), dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
        detail = f"this path answers {headers['Allow']}, not {request.method[:20]}"
    if status == HTTPStatus.NOT_FOUND:
        detail = f"there is no {request.url.path[:200]}; /docs lists what there is"
    code = CODES.get(status, status.phrase.replace(" ", ""))
    return _answer(request.scope, status, code, detail, headers)


def _methods(request: Request) -> list[str]:
    """List the methods that a path answers, whichever of its routes does."""
    routes = request.app.router.routes

    def answers(method: str) -> bool:
        asked = {**request.scope, "method": method}
        return any(route.matches(asked)[0] == Match.FULL for route in routes)

    methods = {method for method in ("GET", "POST") if answers(method)}
    return sorted(methods | ({"HEAD", "OPTIONS"} if "GET" in methods else {"OPTIONS"}))


def _answer(
    scope: Mapping[str, Any],
    status: HTTPStatus,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if f"{path}/".startswith("/v2/"):  # the Open Inference Protocol has a shape of its own
        return Response(orjson.dumps({"error": detail}), int(status), headers, "application/json")
    headers = {"cache-control": "no-store", **(headers or {})}
    body = {"title": status.phrase, "status": int(status), "code": code, "detail": detail}
    return Response(orjson.dumps(body), int(status), headers, MEDIA_TYPE)
