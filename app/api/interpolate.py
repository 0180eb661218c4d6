"""Images on the way from one image or latent vector to the next."""

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
from app.inference.queue import Priority
from app.latent.interpolation import interpolate

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.post(
    "/interpolate",
    **operation(formats_of(InterpolateQuery), json=schemas.Drawn, body=either_body(2)),
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
