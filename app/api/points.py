"""The places of the encoded data set on a plane, and other columns of it."""

import asyncio
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Response

from app.errors import InvalidRequest
from app.http import item_schemas
from app.http.columns import write_columns
from app.http.context import CurrentContext
from app.http.item_queries import PointsQuery
from app.http.negotiation import MEDIA_TYPES
from app.http.openapi import operation
from app.http.queries import formats_of
from app.http.responses import json_answer
from app.http.routing import ModelRoute
from app.items.columns import column_array, named
from app.latent.planes import Surface, parse_plane
from app.latent.points import COMPUTED, Points
from models.items import Column

router = APIRouter(route_class=ModelRoute, tags=["data set"])


@router.get("/points", **operation(formats_of(PointsQuery), json=item_schemas.PointTable))
async def points(context: CurrentContext, query: Annotated[PointsQuery, Query()]) -> Response:
    """Give columns of the encoded data set, positions on a plane among them."""
    table = context.model.points
    plane = parse_plane(query.plane, context.model.manifest, table.chart)
    known = {column.name: column for column in table.items.columns} | dict.fromkeys(COMPUTED)
    names = named(query.columns, known)
    stored = [column for name in names if (column := known[name])]
    write = _binary if context.format == "binary" else _json
    return await asyncio.to_thread(write, table, plane, query.plane, names, stored)


def _binary(
    table: Points, plane: Surface, plane_name: str, names: list[str], stored: list[Column]
) -> Response:
    texts = [column.name for column in stored if column.kind == "text"]
    if texts:
        message = f"query: columns: {texts[0]!r} is text, which format=json gives; binary has none"
        raise InvalidRequest(message)
    arrays: dict[str, Any] = dict(table.computed(plane, names))
    for name, kind in stored:
        arrays[name] = column_array(kind, table.items.values(name))
    body = write_columns(len(table), {name: arrays[name] for name in names}, plane_name)
    return Response(body, media_type=MEDIA_TYPES["binary"])


def _json(
    table: Points, plane: Surface, plane_name: str, names: list[str], stored: list[Column]
) -> Response:
    n = len(table)
    computed = table.computed(plane, names)
    answer: dict[str, Any] = {"n": n, "total": n, "plane": plane_name}
    answer |= {name: np.ascontiguousarray(values) for name, values in computed.items()}
    if stored:
        answer["columns"] = {column.name: table.items.values(column.name) for column in stored}
    return json_answer(answer)
