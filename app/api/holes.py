"""Where on a plane the prior promises images, but none was encoded."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.errors import InvalidRequest
from app.http import schemas
from app.http.context import CurrentContext
from app.http.openapi import operation
from app.http.prior_queries import HolesQuery
from app.http.responses import json_answer
from app.http.routing import ModelRoute
from app.latent.holes import count_cells, share_of_holes
from app.latent.planes import Plane, parse_plane

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.get("/holes", **operation(("json",), json=schemas.Holes))
async def holes(context: CurrentContext, query: Annotated[HolesQuery, Query()]) -> Response:
    """Count draws of the prior, and the items, in the cells of a plane."""
    model = context.model
    plane = parse_plane(query.plane, model.manifest, model.points.chart)
    if not isinstance(plane, Plane):
        message = "query: plane: holes are counted on planes; a chart has places for items alone"
        raise InvalidRequest(message)
    prior = model.prior_named(query.prior)
    items, draws = await asyncio.to_thread(count_cells, plane, model.points.z_mean, prior)
    prior_mass = draws / max(1, draws.sum())
    return json_answer({"share": share_of_holes(items, draws), "items": items, "prior": prior_mass})
