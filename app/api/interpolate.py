"""Images on the way from one image or latent vector to the next."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.errors import InvalidRequest
from app.http import schemas
from app.http.bodies import read_anchors
from app.http.context import CurrentContext
from app.http.openapi import either_body, operation
from app.http.queries import InterpolateQuery, formats_of
from app.http.responses import animation, any_format
from app.http.routing import ModelRoute
from app.imaging.enlarge import enlarge
from app.inference.queue import Priority
from app.latent.directions import parse_direction
from app.latent.grids import along
from app.latent.interpolation import interpolate

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.post(
    "/interpolate",
    **operation(formats_of(InterpolateQuery), json=schemas.Drawn, body=either_body(1)),
)
async def interpolate_anchors(
    context: CurrentContext, query: Annotated[InterpolateQuery, Query()]
) -> Response:
    """Walk between images or vectors, or from one along a direction: a strip, frames, or all."""
    field, anchors = await read_anchors(context, query.invert)
    if query.direction is None and len(anchors) < 2:  # noqa: PLR2004
        raise InvalidRequest(f"interpolate needs at least two {field}, but one came")
    if query.direction is not None and len(anchors) > 1:
        raise InvalidRequest(
            f"a direction is gone from one of the {field}, but {len(anchors)} came"
        )
    if field == "images":
        anchors = (await context.infer("encode", anchors, Priority.PICTURE))["z_mean"]
    context.check_items((len(anchors) - 1 or 1) * (query.steps - 1) + 1)
    if query.direction is None:
        z = interpolate(anchors, query.steps, query.method)
    else:
        direction = parse_direction(query.direction, context.model.manifest.latent_dim)
        z = along(anchors[0], direction, query.steps, query.extent)
    images = await context.decode(z, Priority.PICTURE)
    if query.scale > 1 and context.format not in {"json", "npy"}:
        images = await asyncio.to_thread(enlarge, images, query.scale, smooth=query.smooth)
    # Accept: image/webp gives the strip, as for every other operation; format=webp asks for frames.
    if context.format == "gif" or query.format == "webp":
        return await animation(context, images)
    return await any_format(context, images, query.columns or len(images), {"z": z})
