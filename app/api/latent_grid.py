"""Grids of decodes over a plane, and traversals of single dimensions."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.http.context import CurrentContext
from app.http.openapi import operation
from app.http.queries import GridQuery, TraverseQuery, formats_of
from app.http.responses import picture
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.grids import coordinates, traverse
from app.latent.planes import Plane
from app.latent.vectors import check_dims, start

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.get("/latent-grid", **operation(formats_of(GridQuery)))
async def latent_grid(context: CurrentContext, query: Annotated[GridQuery, Query()]) -> Response:
    """Draw rows × columns of decodes over a plane; the top row has the largest coordinate."""
    d = context.model.manifest.latent_dim
    context.check_items(query.rows * query.columns)
    dims = check_dims((0, 1)[:d] if query.dims is None else query.dims, d)
    axes = np.eye(d)
    up = axes[dims[1]] if len(dims) > 1 else np.zeros(d)
    plane = Plane(start(query.origin, d).astype(np.float64), axes[dims[0]], up)
    a = coordinates(query.columns, query.extent, query.spacing)
    b = coordinates(query.rows, query.extent, query.spacing)[::-1]
    z = plane.points(np.tile(a, query.rows), np.repeat(b, query.columns))
    return await picture(context, await context.decode(z, Priority.PICTURE), query.columns)


@router.get("/traverse", **operation(formats_of(TraverseQuery)))
async def traverse_dimensions(
    context: CurrentContext, query: Annotated[TraverseQuery, Query()]
) -> Response:
    """Walk each dimension in turn, one row each."""
    d = context.model.manifest.latent_dim
    dims = check_dims(tuple(range(d)) if query.dims is None else query.dims, d)
    context.check_items(len(dims) * query.steps)
    z = traverse(start(query.origin, d), dims, query.steps, query.extent)
    return await picture(context, await context.decode(z, Priority.PICTURE), query.steps)
