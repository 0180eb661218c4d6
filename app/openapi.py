"""The OpenAPI document, made from the same table that routes requests."""

import base64
import functools
import re
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from app.negotiation import MEDIA_TYPES
from app.operations import Body, Operation
from app.planes import MAX_ZOOM
from app.png import encode_png
from app.schemas import Problem
from models.manifest import Manifest

Json = dict[str, Any]
BINARY: Final = {"type": "string", "format": "binary"}
INTEGER: Final = {"type": "integer", "minimum": -999_999_999, "maximum": 999_999_999}
PATH_PARAMETERS: Final[dict[str, Json]] = {
    "model": {
        "description": "`name` (its newest version) or `name@version`.",
        "schema": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,62}(@[1-9][0-9]{0,17})?$"},
    },
    "plane": {
        "description": "`dims-0-1`, `pca-0-1` or `v-<base64url>`.",
        "schema": {"type": "string", "pattern": "^(dims|pca)-[0-9]{1,3}-[0-9]{1,3}$"},
    },
    "zoom": {"schema": {"type": "integer", "minimum": 0, "maximum": MAX_ZOOM}},
    "x": {"description": "Grows to the right.", "schema": INTEGER},
    "y": {"description": "Grows upwards.", "schema": INTEGER},
    "id": {"schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999}},
}
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


def document(
    operations: Iterable[Operation], version: str, root: str, manifest: Manifest | None
) -> Json:
    """Describe the operations; `manifest`, of the default model, gives examples their sizes."""
    paths: dict[str, Json] = {}
    for operation in operations:
        if operation.answers:
            described = _operation(operation, manifest)
            paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "vae-atlas",
            "version": version,
            "summary": "A trained variational autoencoder over HTTP.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root or "/"}],
        "security": [{}, {"bearer": []}, {"key": []}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": Problem.model_json_schema()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _operation(operation: Operation, manifest: Manifest | None) -> Json:
    described: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": ["models" if operation.of_model else "service"],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation, manifest)],
        "responses": _responses(operation),
    }
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": _body(operation.body, operation.path, manifest),
        }
    return described


def _path_parameters(operation: Operation) -> list[Json]:
    names = re.findall(r"{(\w+)}", operation.path)
    found = []
    for name in names:
        parameter = {"name": name, "in": "path", "required": True, **PATH_PARAMETERS[name]}
        if name in operation.example:
            parameter["example"] = operation.example[name]
        found.append(parameter)
    return found


def _query_parameters(operation: Operation, manifest: Manifest | None) -> list[Json]:
    schema = operation.query.model_json_schema()
    found = []
    for name, field in schema.get("properties", {}).items():
        description = field.pop("description", None)
        field.pop("title", None)
        options = [option for option in field.pop("anyOf", [field]) if option != {"type": "null"}]
        field = {**options[0], **{k: v for k, v in field.items() if v is not None}}  # noqa: PLW2901
        parameter: Json = {"name": name, "in": "query", "schema": field}
        if name in schema.get("required", []):
            parameter["required"] = True
            parameter["example"] = _vector_example(field, manifest)
        if field.get("type") == "array":
            parameter["explode"] = field["items"].get("type") == "string" and name == "z"
        if description:
            parameter["description"] = description
        found.append(parameter)
    return found


def _vector_example(field: Json, manifest: Manifest | None) -> Any:
    """Give an example of the `z` of a query: vectors as text, or one vector."""
    vector = _vector(manifest)
    if field["items"].get("type") == "string":
        field["items"]["pattern"] = r"^-?[0-9]{1,3}(\.[0-9]{1,6})?(,-?[0-9]{1,3}(\.[0-9]{1,6})?)*$"
        return [",".join(map(str, vector))]
    return vector


def _body(body: Body, path: str, manifest: Manifest | None) -> Json:
    content: Json = {}
    if body is not Body.LATENTS:
        content |= {MEDIA_TYPES[kind]: {"schema": BINARY} for kind in ("png", "jpeg", "webp")}
        parts = {"type": "object", "additionalProperties": BINARY, "minProperties": 1}
        content["multipart/form-data"] = {"schema": parts}
    content[MEDIA_TYPES["npy"]] = {"schema": BINARY}
    fields = []
    examples: Json = {}
    if body is not Body.IMAGES:
        least = 2 if body is Body.EITHER else 1
        fields.append(_field("z", _matrix(path, manifest), least))
        examples["z"] = {"value": {"z": [_vector(manifest), _vector(manifest)[::-1]]}}
    if body is not Body.LATENTS:
        least = 2 if body is Body.EITHER else 1
        fields.append(_field("images", {"type": "string", "contentEncoding": "base64"}, least))
        examples["images"] = {"value": {"images": [_picture(manifest)] * least}}
    schema = fields[0] if len(fields) == 1 else {"oneOf": fields}
    content[MEDIA_TYPES["json"]] = {"schema": schema, "examples": examples}
    return content


def _field(name: str, items: Json, least: int) -> Json:
    return {
        "type": "object",
        "properties": {name: {"type": "array", "items": items, "minItems": least}},
        "required": [name],
        "additionalProperties": False,
    }


def _matrix(path: str, manifest: Manifest | None) -> Json:
    vector: Json = {
        "type": "array",
        "items": {"type": "number", "minimum": -1000, "maximum": 1000},
        "minItems": 1,
    }
    if manifest and "{model}" not in path:  # the default model's length is known
        vector |= {"minItems": manifest.latent_dim, "maxItems": manifest.latent_dim}
    return vector


def _vector(manifest: Manifest | None) -> list[float]:
    d = manifest.latent_dim if manifest else 2
    return [round(float(v), 2) for v in np.linspace(-1, 1, d)]


def _picture(manifest: Manifest | None) -> str:
    shape = manifest.image_shape if manifest else (28, 28, 1)
    image = np.zeros(shape, np.uint8)
    image[shape[0] // 4 : -shape[0] // 4, shape[1] // 2 - 1 : shape[1] // 2 + 2] = 255
    return base64.b64encode(encode_png(image)).decode()


def _responses(operation: Operation) -> Json:
    content = {
        MEDIA_TYPES[kind]: {"schema": _answer_schema(operation, kind)} for kind in operation.answers
    }
    responses: Json = {"200": {"description": operation.summary, "content": content}}
    if operation.cacheable:
        responses["304"] = {"description": "The client has the answer already (`If-None-Match`)."}
    expected = {401, 406, 422} if not operation.of_model else {401, 404, 406, 422, 429, 503}
    expected |= {400, 408, 413, 415} if operation.body else set()
    expected |= {503} if operation.id == "ready" else set()
    schema = {"$ref": "#/components/schemas/Problem"}
    for status in sorted(expected):
        responses[str(status)] = {
            "description": ERRORS[status],
            "content": {"application/problem+json": {"schema": schema}},
        }
    return responses


def _answer_schema(operation: Operation, kind: str) -> Json:
    if kind == "json" and operation.json:
        return _json_schema(operation.json)
    return {"type": "object"} if kind == "json" else BINARY


@functools.cache
def _json_schema(model: Any) -> Json:
    """Return a model's schema with its parts written out in place."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return inline(parts[node["$ref"].rpartition("/")[2]])
            return {k: inline(v) for k, v in node.items() if k != "title" or isinstance(v, dict)}
        return [inline(v) for v in node] if isinstance(node, list) else node

    result: Json = inline(schema)
    return result
