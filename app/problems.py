"""Failures as HTTP answers: RFC 9457 problem details with a stable `code`."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import orjson

from app import errors
from app.answers import Answer

STATUS: Final[Mapping[type[errors.AtlasError], HTTPStatus]] = MappingProxyType(
    {
        errors.BrokenBody: HTTPStatus.BAD_REQUEST,
        errors.SlowBody: HTTPStatus.REQUEST_TIMEOUT,
        errors.Unauthorised: HTTPStatus.UNAUTHORIZED,
        errors.UnknownPath: HTTPStatus.NOT_FOUND,
        errors.ModelNotFound: HTTPStatus.NOT_FOUND,
        errors.UnknownItem: HTTPStatus.NOT_FOUND,
        errors.WrongMethod: HTTPStatus.METHOD_NOT_ALLOWED,
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
MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = (b"retry-after", b"1")


def problem(error: Exception) -> Answer:
    """Turn a failure into its answer; one that nobody expected becomes a bare 500."""
    if not isinstance(error, errors.AtlasError):
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return _answer(status, "InternalError", "The service failed; the log has the reason.")
    headers: list[tuple[bytes, bytes]] = []
    if isinstance(error, errors.Busy | errors.NotReady):
        headers.append(RETRY_AFTER)
    if isinstance(error, errors.WrongMethod):
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    if isinstance(error, errors.Unauthorised):
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, errors.BodyTooLarge | errors.BrokenBody | errors.SlowBody):
        headers.append((b"connection", b"close"))  # the rest of the body is not read
    answer = _answer(STATUS[type(error)], type(error).__name__, str(error))
    answer.headers.extend(headers)
    return answer


def _answer(status: HTTPStatus, code: str, detail: str) -> Answer:
    body = {"title": status.phrase, "status": int(status), "code": code, "detail": detail}
    return Answer(orjson.dumps(body), MEDIA_TYPE, int(status))
