"""The items of the encoded data set that are nearest in latent space."""

import asyncio
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.arrays import Array
from app.errors import InvalidRequest, UnknownItem
from app.http import item_schemas
from app.http.bodies import read_anchors
from app.http.context import CurrentContext, RequestContext
from app.http.item_queries import NeighboursOfBodyQuery, NeighboursQuery
from app.http.openapi import either_body, operation
from app.http.responses import json_answer
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.points import Points
from app.latent.vectors import vectors

router = APIRouter(route_class=ModelRoute, tags=["data set"])


@router.get("/neighbours", **operation(("json",), json=item_schemas.Neighbours))
async def neighbours(
    context: CurrentContext, query: Annotated[NeighboursQuery, Query()]
) -> Response:
    """Give the items whose z_mean is nearest to a vector, or to the mean of other items."""
    points = context.model.points
    if (query.z is None) == (query.item is None):
        raise InvalidRequest("query: give z, a latent vector, or item, the ids of items")
    if query.item is None:
        z = vectors(np.array([query.z], np.float64), context.model.manifest.latent_dim)
        return await _nearest(context, z, query.k)
    if unknown := [item for item in query.item if item >= len(points)]:
        message = f"no item {unknown[0]}; {context.model.id} has items 0 to {len(points) - 1}"
        raise UnknownItem(message)
    return await _nearest(context, points.z_mean[list(query.item)], query.k, frozenset(query.item))


@router.post(
    "/neighbours", **operation(("json",), json=item_schemas.Neighbours, body=either_body(1))
)
async def neighbours_of_body(
    context: CurrentContext, query: Annotated[NeighboursOfBodyQuery, Query()]
) -> Response:
    """Give the items nearest to an image or a vector, or to the mean of several."""
    field, rows = await read_anchors(context, query.invert)
    if field == "images":
        rows = (await context.infer("encode", rows, Priority.ENCODE))["z_mean"]
    return await _nearest(context, rows, query.k)


async def _nearest(
    context: RequestContext, rows: Array, k: int, without: frozenset[int] = frozenset()
) -> Response:
    points = context.model.points
    return json_answer(await asyncio.to_thread(_found, points, rows.mean(axis=0), k, without))


def _found(points: Points, z: Array, k: int, without: frozenset[int]) -> dict[str, object]:
    near = points.nearest(z, k + len(without))
    near = [(item, distance) for item, distance in near if item not in without][:k]
    paths = points.items.values("path", [item for item, _ in near])
    items = [
        {"id": item, "path": path, "label": points.label_of(item), "distance": distance}
        for (item, distance), path in zip(near, paths, strict=True)
    ]
    return {"items": items}
