"""The encoded data set: points, items, neighbours."""

import asyncio
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Response

from app.errors import InvalidRequest, UnknownItem
from app.http import schemas
from app.http.columns import write_columns
from app.http.context import CurrentContext, RequestContext
from app.http.negotiation import MEDIA_TYPES
from app.http.openapi import operation
from app.http.queries import ItemQuery, NeighboursQuery, PointsQuery, formats_of
from app.http.responses import json_answer, picture
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.planes import parse_plane
from app.latent.vectors import vectors

router = APIRouter(route_class=ModelRoute, tags=["data set"])


@router.get("/points", **operation(formats_of(PointsQuery), json=schemas.PointTable))
async def points(context: CurrentContext, query: Annotated[PointsQuery, Query()]) -> Response:
    """Give columns of the encoded data set, positions on a plane among them."""
    if len(set(query.columns)) < len(query.columns):
        raise InvalidRequest("query: columns: each may come once")
    plane = parse_plane(query.plane, context.model.manifest)
    table = context.model.points
    columns = await asyncio.to_thread(table.columns, plane, query.columns)
    if context.format == "binary":
        return Response(write_columns(columns, query.plane), media_type=MEDIA_TYPES["binary"])
    n = len(table)
    return json_answer(
        {
            "n": n,
            "total": n,
            "plane": query.plane,
            **{k: np.ascontiguousarray(v) for k, v in columns.items()},
        }
    )


@router.get("/items/{id}", **operation(formats_of(ItemQuery), json=schemas.Item))
async def item(
    context: CurrentContext,
    query: Annotated[ItemQuery, Query()],  # noqa: ARG001  it refuses what is not declared
    index: Annotated[int, Path(alias="id", ge=0, lt=1 << 31)],
) -> Response:
    """Give an item: its image, or what is known of it."""
    table = context.model.points
    if index >= len(table):
        raise UnknownItem(f"no item {index}; {context.model.id} has items 0 to {len(table) - 1}")
    if context.format == "json":
        return json_answer(_described(context, index))
    if table.images is not None:
        image, source = table.images[index : index + 1], "data"
    else:
        label = np.maximum(table.label[index : index + 1], 0).astype(np.int32)
        z = table.z_mean[index : index + 1]
        image = (await context.infer("decode", z, Priority.PICTURE, label))["image"]
        source = "reconstruction"
    answer = await picture(context, image)
    answer.headers["x-item-source"] = source
    return answer


@router.get("/neighbours", **operation(("json",), json=schemas.Neighbours))
async def neighbours(
    context: CurrentContext, query: Annotated[NeighboursQuery, Query()]
) -> Response:
    """Give the items whose z_mean is nearest to a vector."""
    table = context.model.points
    z = vectors(np.array([query.z], np.float64), context.model.manifest.latent_dim)
    found = await asyncio.to_thread(table.nearest, z, query.k)
    items = [
        {"id": i, "label": _label(int(table.label[i])), "distance": distance}
        for i, distance in found
    ]
    return json_answer({"items": items})


def _described(context: RequestContext, index: int) -> dict[str, Any]:
    table = context.model.points
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
