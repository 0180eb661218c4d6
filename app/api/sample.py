"""Images decoded from draws of the prior."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.http import schemas
from app.http.context import CurrentContext
from app.http.openapi import operation
from app.http.prior_queries import SampleQuery
from app.http.queries import formats_of
from app.http.responses import any_format, decoded_mean
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.vectors import BOUND

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.get("/sample", **operation(formats_of(SampleQuery), json=schemas.Drawn))
async def sample(context: CurrentContext, query: Annotated[SampleQuery, Query()]) -> Response:
    """Decode draws from the prior that fits the model's images, or from N(0, I)."""
    context.check_items(query.n)
    model = context.model
    z = model.prior_named(query.prior).sample(
        query.n, np.random.default_rng(query.seed), query.temperature
    )
    z = np.clip(z, -BOUND, BOUND)
    if query.dtype == "float32":
        return await decoded_mean(context, z, Priority.PICTURE)
    images = await context.decode(z, Priority.PICTURE)
    return await any_format(context, images, query.columns, {"z": z})
