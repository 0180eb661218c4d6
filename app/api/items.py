"""One item of the encoded data set: its image, or what is known of it."""

import asyncio
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Response

from app.errors import UnknownItem
from app.http import schemas
from app.http.context import CurrentContext, RequestContext
from app.http.negotiation import MEDIA_TYPES
from app.http.openapi import operation
from app.http.queries import ItemQuery, formats_of
from app.http.responses import json_answer, picture
from app.http.routing import ModelRoute
from app.imaging.read_image import read_thumbnail
from app.inference.queue import Priority
from app.items.described import described
from app.latent.kl import kl_divergence

router = APIRouter(route_class=ModelRoute, tags=["data set"])


@router.get("/items/{id}", **operation(formats_of(ItemQuery), json=schemas.Item))
async def item(
    context: CurrentContext,
    query: Annotated[ItemQuery, Query()],  # noqa: ARG001  it refuses what is not declared
    index: Annotated[int, Path(alias="id", ge=0, lt=1 << 31)],
) -> Response:
    """Give an item: its image, at most 64 pixels a side, or what is known of it."""
    table = context.model.points
    if index >= len(table):
        raise UnknownItem(f"no item {index}; {context.model.id} has items 0 to {len(table) - 1}")
    if context.format == "json":
        return json_answer(await asyncio.to_thread(_known, context, index))
    answer = await _image(context, index)
    answer.headers["x-item-source"] = "data" if table.has_images else "reconstruction"
    return answer


async def _image(context: RequestContext, index: int) -> Response:
    table, here = context.model.points, slice(index, index + 1)
    if table.items.has_thumbnails:
        thumbnail = await asyncio.to_thread(table.items.thumbnail, index)
        if context.format == "png":
            return Response(thumbnail, media_type=MEDIA_TYPES["png"])
        return await picture(context, read_thumbnail(thumbnail or b"")[None])
    if table.images is not None:
        return await picture(context, table.images[here])
    label = np.maximum(table.label[here], 0).astype(np.int32)
    found = await context.infer("decode", table.z_mean[here], Priority.PICTURE, label)
    return await picture(context, found["image"])


def _known(context: RequestContext, index: int) -> dict[str, Any]:
    table = context.model.points
    [item] = described(table.items, context.model.manifest.labels, [index])
    z_mean, z_log_var = table.z_mean[index], table.z_log_var[index]
    arrays = {"z_mean": z_mean, "z_log_var": z_log_var, "kl": kl_divergence(z_mean, z_log_var)}
    return item | arrays
