"""The places of the encoded data set on a plane, and other columns of it."""

import asyncio
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.errors import InvalidRequest
from app.http import schemas
from app.http.columns import write_columns
from app.http.context import CurrentContext
from app.http.negotiation import MEDIA_TYPES
from app.http.openapi import operation
from app.http.queries import PointsQuery, formats_of
from app.http.responses import json_answer
from app.http.routing import ModelRoute
from app.latent.planes import parse_plane

router = APIRouter(route_class=ModelRoute, tags=["data set"])


@router.get("/points", **operation(formats_of(PointsQuery), json=schemas.PointTable))
async def points(context: CurrentContext, query: Annotated[PointsQuery, Query()]) -> Response:
    """Give columns of the encoded data set, positions on a plane among them."""
    if len(set(query.columns)) < len(query.columns):
        raise InvalidRequest("query: columns: each may come once")
    table = context.model.points
    plane = parse_plane(query.plane, context.model.manifest, table.chart)
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
