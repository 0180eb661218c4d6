"""The direction from one set of items to another."""

import asyncio
from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Query, Response

from app.arrays import Array
from app.errors import InvalidRequest
from app.http import item_schemas
from app.http.bodies import read_sets
from app.http.context import CurrentContext, RequestContext
from app.http.openapi import operation, sets_body
from app.http.queries import Query as NoQuery
from app.http.responses import json_answer
from app.http.routing import DataRoute
from app.items.filters import Filters, find_items
from app.latent.directions import Direction, Items, find_direction, parse_direction
from app.latent.points import Points
from app.latent.vectors import to_base64

router = APIRouter(route_class=DataRoute, tags=["data set"])
MOST: Final = 10_000  # items of a set; of more, so many are drawn


@router.post("/direction", **operation(("json",), json=item_schemas.Direction, body=sets_body()))
async def direction(
    context: CurrentContext,
    query: Annotated[NoQuery, Query()],  # noqa: ARG001  it refuses what is not declared
) -> Response:
    """Find the direction that tells two sets of items apart, and how well it does."""
    sets = await read_sets(context)
    found = await asyncio.to_thread(_found, context, sets)
    name = "v-" + to_base64(found.direction)
    return json_answer({"id": name, **found._asdict()})


def _found(context: RequestContext, sets: item_schemas.Sets) -> Direction:
    points, d = context.model.points, context.model.manifest.latent_dim
    start, to = _chosen(context, "from", sets.start), _chosen(context, "to", sets.to)
    both = np.intersect1d(start, to)
    if len(both):
        raise InvalidRequest(f"{len(both)} items are in both from and to, such as {both[0]}")
    others = [parse_direction(text, d) for text in sets.orthogonal_to]
    rows = np.stack(others) if others else np.zeros((0, d))
    return find_direction(_items(points, start), _items(points, to), rows)


def _chosen(context: RequestContext, name: str, chosen: item_schemas.Selection) -> Array:
    """Return the ids of a set of items.

    Raises:
        InvalidRequest: It has none.
    """
    if not chosen.model_fields_set:
        raise InvalidRequest(f"{name} must name ids, labels, split, search or where")
    filters = Filters(chosen.labels, chosen.split, chosen.search, chosen.where)
    labels = context.model.manifest.labels
    ids = find_items(context.model.points.items, labels, filters, chosen.ids)
    if not len(ids):
        raise InvalidRequest(f"no item of {context.model.id} is what {name} names")
    return ids


def _items(points: Points, rows: Array) -> Items:
    if len(rows) > MOST:
        rows = np.random.default_rng(0).choice(rows, MOST, replace=False)
    return Items(points.z_mean[rows].astype(np.float64), points.z_log_var[rows].astype(np.float64))
