"""The encoded data set: points, items, neighbours."""

import asyncio
from typing import Any, Final

import numpy as np

from app import schemas
from app.answers import Answer, json_answer
from app.batching import Priority
from app.calls import Call
from app.engine import Array
from app.errors import InvalidRequest, UnknownItem
from app.latents import vectors
from app.negotiation import MEDIA_TYPES
from app.operations import Operation
from app.planes import parse_plane
from app.points import pack
from app.queries import ItemQuery, NeighboursQuery, PointsQuery
from app.rendering import picture


async def points(call: Call) -> Answer:
    """Give columns of the encoded data set, positions on a plane among them."""
    query = call.asks(PointsQuery)
    if len(set(query.columns)) < len(query.columns):
        raise InvalidRequest("query: columns: each may come once")
    plane = parse_plane(query.plane, call.model.manifest)
    table = call.model.points
    columns = await asyncio.to_thread(table.columns, plane, query.columns)
    if call.format == "binary":
        return Answer(pack(columns, query.plane), MEDIA_TYPES["binary"])
    n = len(table)
    return json_answer({"n": n, "total": n, "plane": query.plane, **_plain(columns)})


async def item(call: Call) -> Answer:
    """Give an item: its image, or what is known of it."""
    table, text = call.model.points, call.path["id"]
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) < len(table)):  # noqa: PLR2004
        raise UnknownItem(f"no item {text[:40]!r}; {call.model.id} has items 0 to {len(table) - 1}")
    index = int(text)
    if call.format == "json":
        return json_answer(_described(call, index))
    if table.images is not None:
        image, source = table.images[index : index + 1], b"data"
    else:
        label = np.maximum(table.label[index : index + 1], 0).astype(np.int32)
        z = table.z_mean[index : index + 1]
        image = (await call.infer("decode", z, Priority.PICTURE, label))["image"]
        source = b"reconstruction"
    answer = await picture(call, image)
    answer.headers.append((b"x-item-source", source))
    return answer


async def neighbours(call: Call) -> Answer:
    """Give the items whose z_mean is nearest to a vector."""
    query, table = call.asks(NeighboursQuery), call.model.points
    z = vectors(np.array([query.z], np.float64), call.model.manifest.latent_dim)
    found = await asyncio.to_thread(table.nearest, z, query.k)
    items = [
        {"id": i, "label": _label(int(table.label[i])), "distance": distance}
        for i, distance in found
    ]
    return json_answer({"items": items})


def _described(call: Call, index: int) -> dict[str, Any]:
    table = call.model.points
    return {
        "id": index,
        "label": _label(int(table.label[index])),
        "z_mean": table.z_mean[index],
        "z_log_var": table.z_log_var[index],
        "kl": table.kl_per_dimension[index],
        "reconstruction": float(table.reconstruction[index]),
    }


def _label(label: int) -> int | None:
    return None if label < 0 else label


def _plain(columns: dict[str, Array]) -> dict[str, Any]:
    return {name: np.ascontiguousarray(values) for name, values in columns.items()}


OPERATIONS: Final = (
    Operation(
        id="points",
        method="GET",
        path="points",
        handler=points,
        summary="The encoded data set, compactly.",
        answers=("binary", "json"),
        json=schemas.PointTable,
        query=PointsQuery,
    ),
    Operation(
        id="item",
        method="GET",
        path="items/{id}",
        handler=item,
        summary="One item of the encoded data set.",
        answers=("png", "webp", "jpeg", "json"),
        json=schemas.Item,
        query=ItemQuery,
        example={"id": 0},
    ),
    Operation(
        id="neighbours",
        method="GET",
        path="neighbours",
        handler=neighbours,
        summary="The items nearest to a latent vector.",
        answers=("json",),
        json=schemas.Neighbours,
        query=NeighboursQuery,
    ),
)
