"""The items of the encoded data set that are nearest to a latent vector."""

import asyncio
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.http import schemas
from app.http.context import CurrentContext
from app.http.item_queries import NeighboursQuery
from app.http.openapi import operation
from app.http.responses import json_answer
from app.http.routing import ModelRoute
from app.latent.vectors import vectors

router = APIRouter(route_class=ModelRoute, tags=["data set"])


@router.get("/neighbours", **operation(("json",), json=schemas.Neighbours))
async def neighbours(
    context: CurrentContext, query: Annotated[NeighboursQuery, Query()]
) -> Response:
    """Give the items whose z_mean is nearest to a vector."""
    table = context.model.points
    z = vectors(np.array([query.z], np.float64), context.model.manifest.latent_dim)
    found = await asyncio.to_thread(table.nearest, z, query.k)
    items = [{"id": i, "label": table.label_of(i), "distance": distance} for i, distance in found]
    return json_answer({"items": items})
