"""Planes that are computed from the encoded data set."""

import asyncio
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.errors import InvalidRequest
from app.http import schemas
from app.http.context import CurrentContext, RequestContext
from app.http.openapi import operation
from app.http.queries import SeparatingQuery
from app.http.responses import json_answer
from app.http.routing import ModelRoute
from app.latent.discriminant import separating_plane
from app.latent.planes import plane_id

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.get("/planes/lda", **operation(("json",), json=schemas.NamedPlane))
async def lda(context: CurrentContext, query: Annotated[SeparatingQuery, Query()]) -> Response:
    """Find the plane that separates classes, by linear discriminant analysis of z_mean."""
    table = context.model.points
    chosen = np.isin(table.label, _classes(context, query.labels))
    plane = await asyncio.to_thread(separating_plane, table.z_mean[chosen], table.label[chosen])
    return json_answer({"plane": plane_id(plane)})


def _classes(context: RequestContext, named: tuple[str, ...] | None) -> list[int]:
    """Return the labels of at least two classes that have items.

    Raises:
        InvalidRequest: There are fewer, or no such class.
    """
    known = {int(label) for label in np.unique(context.model.points.label) if label >= 0}
    wanted = known if named is None else {context.class_index(label) for label in named} & known
    if len(wanted) < 2:  # noqa: PLR2004
        message = (
            f"a plane separates two classes or more that have items, but here are {len(wanted)}; "
            f"show or name more of the {len(known)} that {context.model.id} has"
            if len(known) > 1
            else f"{context.model.id} has no classes to separate; show another plane"
        )
        raise InvalidRequest(message)
    return sorted(wanted)
