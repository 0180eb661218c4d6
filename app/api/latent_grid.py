"""Grids of decodes over a plane, and traversals of single dimensions."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.errors import InvalidRequest
from app.http.context import CurrentContext, RequestContext
from app.http.openapi import operation
from app.http.queries import GridQuery, TraverseQuery, formats_of
from app.http.responses import picture
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.directions import parse_direction
from app.latent.grids import along, coordinates, traverse
from app.latent.planes import Plane, Surface, parse_plane, traverse_surface
from app.latent.vectors import check_dims, start

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.get("/latent-grid", **operation(formats_of(GridQuery)))
async def latent_grid(context: CurrentContext, query: Annotated[GridQuery, Query()]) -> Response:
    """Draw rows × columns of decodes over a plane; the top row has the largest coordinate."""
    context.check_items(query.rows * query.columns)
    plane = _surface(context, query) or _plane_of_dims(context, query)
    a = coordinates(query.columns, query.extent, query.spacing)
    b = coordinates(query.rows, query.extent, query.spacing)[::-1]
    z = plane.points(np.tile(a, query.rows), np.repeat(b, query.columns))
    return await picture(context, await context.decode(z, Priority.PICTURE), query.columns)


def _plane_of_dims(context: RequestContext, query: GridQuery) -> Plane:
    d = context.model.manifest.latent_dim
    dims = check_dims((0, 1)[:d] if query.dims is None else query.dims, d)
    axes = np.eye(d)
    up = axes[dims[1]] if len(dims) > 1 else np.zeros(d)
    return Plane(start(query.origin, d).astype(np.float64), axes[dims[0]], up)


def _surface(context: RequestContext, query: GridQuery | TraverseQuery) -> Surface | None:
    """Return the plane that a query names, if it does.

    Raises:
        InvalidRequest: There is no such plane, or dimensions are named as well.
    """
    if query.plane is None:
        return None
    if query.dims is not None or query.origin is not None:
        raise InvalidRequest("query: plane says all; leave out dims and origin")
    return parse_plane(query.plane, context.model.manifest, context.model.points.chart)


@router.get("/traverse", **operation(formats_of(TraverseQuery)))
async def traverse_dimensions(
    context: CurrentContext, query: Annotated[TraverseQuery, Query()]
) -> Response:
    """Walk each dimension in turn, one row each; a direction; or a plane, across and up."""
    d = context.model.manifest.latent_dim
    if query.direction is not None:
        if any(given is not None for given in (query.dims, query.plane, query.at)):
            raise InvalidRequest("query: direction says where to go; leave out dims, plane and at")
        direction = parse_direction(query.direction, d)
        z = along(start(query.origin, d), direction, query.steps, query.extent)
        return await picture(context, await context.decode(z, Priority.PICTURE), query.steps)
    if surface := _surface(context, query):
        context.check_items(2 * query.steps)
        walked = coordinates(query.steps, query.extent, "linear")
        z = traverse_surface(surface, query.at or (0.0, 0.0), walked)
        return await picture(context, await context.decode(z, Priority.PICTURE), query.steps)
    if query.at is not None:
        raise InvalidRequest("query: at is a place of a plane; give plane as well")
    dims = check_dims(tuple(range(d)) if query.dims is None else query.dims, d)
    context.check_items(len(dims) * query.steps)
    z = traverse(start(query.origin, d), dims, query.steps, query.extent)
    return await picture(context, await context.decode(z, Priority.PICTURE), query.steps)
