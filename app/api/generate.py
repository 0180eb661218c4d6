"""Images made from latent vectors of our choice: grids, samples, interpolations, traversals."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.errors import InvalidRequest
from app.http import schemas
from app.http.bodies import read_anchors
from app.http.context import CurrentContext
from app.http.openapi import either_body, operation
from app.http.queries import (
    GridQuery,
    InterpolateQuery,
    SampleQuery,
    TraverseQuery,
    formats_of,
)
from app.http.responses import animation, any_format, decoded_mean, picture
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.grids import coordinates, traverse
from app.latent.interpolation import interpolate
from app.latent.planes import Plane
from app.latent.vectors import check_dims, start
from app.latent.vectors import sample as draw

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


@router.get("/sample", **operation(formats_of(SampleQuery), json=schemas.Drawn))
async def sample(context: CurrentContext, query: Annotated[SampleQuery, Query()]) -> Response:
    """Decode draws from the prior."""
    context.check_items(query.n)
    z = draw(query.n, context.model.manifest.latent_dim, query.seed, query.temperature)
    if query.dtype == "float32":
        return await decoded_mean(context, z, Priority.PICTURE)
    images = await context.decode(z, Priority.PICTURE)
    return await any_format(context, images, query.columns, {"z": z})


@router.post(
    "/interpolate",
    **operation(formats_of(InterpolateQuery), json=schemas.Drawn, body=either_body()),
)
async def interpolate_anchors(
    context: CurrentContext, query: Annotated[InterpolateQuery, Query()]
) -> Response:
    """Walk between images or vectors: a strip, frames, or the images themselves."""
    field, anchors = await read_anchors(context, query.invert)
    if len(anchors) < 2:  # noqa: PLR2004
        raise InvalidRequest(f"interpolate needs at least two {field}, but one came")
    if field == "images":
        anchors = (await context.infer("encode", anchors, Priority.PICTURE))["z_mean"]
    context.check_items((len(anchors) - 1) * (query.steps - 1) + 1)
    z = interpolate(anchors, query.steps, query.method)
    images = await context.decode(z, Priority.PICTURE)
    # Accept: image/webp gives the strip, as for every other operation; format=webp asks for frames.
    if context.format == "gif" or query.format == "webp":
        return await animation(context, images)
    return await any_format(context, images, query.columns or len(images), {"z": z})


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
