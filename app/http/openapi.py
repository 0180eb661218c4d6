"""The OpenAPI document, beyond what FastAPI sees in the signatures of operations."""

from typing import Any, Final

from fastapi import FastAPI, Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.http import item_schemas, schemas
from app.http.negotiation import MEDIA_TYPES
from app.http.schemas import Schema

Json = dict[str, Any]
REFERENCE: Final = "#/components/schemas/{model}"
BINARY: Final = {"type": "string", "format": "binary"}
ERRORS: Final = {
    400: "The connection ended before the body did.",
    401: "The API key is missing or wrong.",
    404: "No such model or item.",
    406: "None of the accepted formats can be given.",
    408: "The body did not come in time.",
    413: "The body is too large.",
    415: "The body's type is not one that this path reads.",
    422: "A value is wrong; the detail says which, what came and what was wanted.",
    429: "Busy: try again after `Retry-After` seconds.",
    503: "Not ready: no model is loaded, or the service is shutting down.",
}
OF_SERVICE: Final = (401, 422)
OF_MODEL: Final = (401, 404, 406, 422, 429, 503)
OF_BODY: Final = (400, 408, 413, 415)
VECTOR: Final = {
    "type": "array",
    "items": {"type": "number", "minimum": -1000, "maximum": 1000},
    "minItems": 1,
    "description": "As many numbers as the model's latent_dim.",
}
PICTURE: Final = {
    "type": "string",
    "contentEncoding": "base64",
    "description": "A PNG, JPEG or WebP file.",
}


def operation(
    formats: tuple[str, ...],
    *,
    json: type[BaseModel] | None = None,
    errors: tuple[int, ...] = OF_MODEL,
    body: Json | None = None,
) -> dict[str, Any]:
    """Return what a route's decorator needs to describe its answers, errors and body.

    Of the formats, the first is what a client gets that asks for none.
    """
    kinds = {MEDIA_TYPES[name]: _answer(name, json) for name in formats}
    responses: dict[int, Json] = {200: {"description": "The answer.", "content": kinds}}
    for status in (*errors, *(OF_BODY if body else ())):
        responses[status] = {"description": ERRORS[status]}
    described: dict[str, Any] = {"responses": responses, "response_class": Response}
    if body:
        described["openapi_extra"] = {"requestBody": {"required": True, "content": body}}
    return described


def images_body(least: int = 1) -> Json:
    """Describe a body of images."""
    parts = {"type": "object", "additionalProperties": BINARY, "minProperties": 1}
    return {
        **{MEDIA_TYPES[kind]: {"schema": BINARY} for kind in ("png", "jpeg", "webp")},
        MEDIA_TYPES["npy"]: {"schema": BINARY},
        "multipart/form-data": {"schema": parts},
        MEDIA_TYPES["json"]: {"schema": _only("images", PICTURE, least)},
    }


def latents_body(least: int = 1) -> Json:
    """Describe a body of latent vectors."""
    return {
        MEDIA_TYPES["npy"]: {"schema": BINARY},
        MEDIA_TYPES["json"]: {"schema": _only("z", VECTOR, least)},
    }


def ids_body() -> Json:
    """Describe a body of ids of items."""
    schema = _only("ids", {"type": "integer", "minimum": 0}, 0)
    return {MEDIA_TYPES["json"]: {"schema": schema}}


def sets_body() -> Json:
    """Describe a body of two sets of items."""
    example = {"from": {"ids": [0, 1, 2]}, "to": {"ids": [3, 4]}}
    return {MEDIA_TYPES["json"]: {"schema": _reference(item_schemas.Sets), "example": example}}


def either_body(least: int) -> Json:
    """Describe a body of so many or more images or latent vectors."""
    either = {"oneOf": [_only("z", VECTOR, least), _only("images", PICTURE, least)]}
    return images_body() | {MEDIA_TYPES["json"]: {"schema": either}}


def document(app: FastAPI, latent_dim: int) -> Json:
    """Return the OpenAPI document with examples that the default model can answer."""
    described = app.openapi()
    described["components"] = _components()
    vector = [round((2 * i + 1) / latent_dim - 1, 2) for i in range(latent_dim)]
    for methods in described["paths"].values():
        for found in methods.values():
            _refer_to_errors(found)
            _give_examples(found, vector)
    return described


def _components() -> Json:
    """Return what operations refer to: schemas, failures, and ways to send the key."""
    known = {**vars(schemas), **vars(item_schemas)}.values()
    kinds = [kind for kind in known if isinstance(kind, type)]
    models = [kind for kind in kinds if issubclass(kind, Schema) and kind is not Schema]
    _, found = models_json_schema([(m, "serialization") for m in models], ref_template=REFERENCE)
    problem = {"application/problem+json": {"schema": _reference(schemas.Problem)}}
    return {
        "schemas": found["$defs"],
        "responses": {
            str(status): {"description": description, "content": problem}
            for status, description in ERRORS.items()
        },
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        },
    }


def _refer_to_errors(operation: Json) -> None:
    """Describe each failure once for all operations; those that may be 401 take a key, or none."""
    responses = operation["responses"]
    for status in responses.keys() - {"200"}:
        responses[status] = {"$ref": f"#/components/responses/{status}"}
    if "401" in responses:
        operation["security"] = [{}, {"bearer": []}, {"key": []}]


def _give_examples(operation: Json, vector: list[float]) -> None:
    content = operation.get("requestBody", {}).get("content", {}).get(MEDIA_TYPES["json"], {})
    if "ids" in content.get("schema", {}).get("properties", {}):
        content["example"] = {"ids": [0, 1]}
    if _takes_vectors(content.get("schema", {})):
        content["example"] = {"z": [vector, vector[::-1]]}
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "z":
            parameter["example"] = [",".join(map(str, vector))]
        if parameter["name"] == "u":
            parameter["example"] = "0.5,-1"


def _takes_vectors(schema: Json) -> bool:
    """Tell whether a body may be an object with the field `z`."""
    either: list[Json] = schema.get("oneOf", [schema])
    return any("z" in one.get("properties", {}) for one in either)


def _answer(name: str, json: type[BaseModel] | None) -> Json:
    if name == "json":
        return {"schema": _reference(json) if json else {"type": "object"}}
    return {"schema": {"type": "string"} if name in {"text", "csv"} else BINARY}


def _only(name: str, items: Json, least: int) -> Json:
    return {
        "type": "object",
        "properties": {name: {"type": "array", "items": items, "minItems": least}},
        "required": [name],
        "additionalProperties": False,
    }


def _reference(model: type[BaseModel]) -> Json:
    return {"$ref": REFERENCE.format(model=model.__name__)}
