"""Images decoded from draws of the prior."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.http import schemas
from app.http.context import CurrentContext
from app.http.openapi import operation
from app.http.queries import SampleQuery, formats_of
from app.http.responses import any_format, decoded_mean
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.vectors import sample as draw

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.get("/sample", **operation(formats_of(SampleQuery), json=schemas.Drawn))
async def sample(context: CurrentContext, query: Annotated[SampleQuery, Query()]) -> Response:
    """Decode draws from the prior."""
    context.check_items(query.n)
    z = draw(query.n, context.model.manifest.latent_dim, query.seed, query.temperature)
    if query.dtype == "float32":
        return await decoded_mean(context, z, Priority.PICTURE)
    images = await context.decode(z, Priority.PICTURE)
    return await any_format(context, images, query.columns, {"z": z})
