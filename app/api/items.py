"""The items of the encoded data set, chosen by what is known of them; and one of them."""

import asyncio
from typing import Annotated, Any, Final

import numpy as np
from fastapi import APIRouter, Path, Query, Response

from app.errors import InvalidRequest, UnknownItem
from app.http import item_schemas
from app.http.bodies import read_ids
from app.http.context import CurrentContext, RequestContext
from app.http.item_queries import ItemQuery, ItemsQuery
from app.http.negotiation import MEDIA_TYPES
from app.http.openapi import ids_body, operation
from app.http.queries import formats_of
from app.http.responses import ModelStream, json_answer, npy_answer, picture
from app.http.routing import DataRoute
from app.inference.queue import Priority
from app.items.csv_text import csv_text
from app.items.described import described
from app.items.filters import Filters, find_items
from app.items.npz_file import npz_file
from app.latent.kl import kl_divergence
from models.image_file import read_png

USUAL: Final = 100  # items of a page
MOST_LISTED: Final = 10_000
router = APIRouter(route_class=DataRoute, tags=["data set"])


LISTED = operation(formats_of(ItemsQuery), json=item_schemas.ListedItems)
CHOSEN = operation(formats_of(ItemsQuery), json=item_schemas.ListedItems, body=ids_body())


@router.get("/items", **LISTED)
async def items(context: CurrentContext, query: Annotated[ItemsQuery, Query()]) -> Response:
    """List the items that meet some conditions."""
    return await _listed(context, query, None)


@router.post("/items", **CHOSEN)
async def items_of(context: CurrentContext, query: Annotated[ItemsQuery, Query()]) -> Response:
    """List those of the items named in the body that meet some conditions."""
    return await _listed(context, query, await read_ids(context))


async def _listed(context: RequestContext, query: ItemsQuery, among: list[int] | None) -> Response:
    points, labels = context.model.points, context.model.manifest.labels
    limit = query.limit
    if context.format == "json":
        limit = USUAL if limit is None else limit
        if limit > MOST_LISTED:
            raise InvalidRequest(
                f"query: limit: JSON lists at most {MOST_LISTED}; csv has no limit"
            )
    filters = Filters(query.labels, query.split, query.search, query.where, query.sort)
    found = await asyncio.to_thread(find_items, points.items, labels, filters, among)
    page = found[query.offset :][:limit]
    if context.format == "json":
        listed = await asyncio.to_thread(described, points.items, labels, page.tolist())
        return json_answer({"total": len(found), "items": listed})
    if context.format == "npy":
        return npy_answer(page)
    write = csv_text(points, labels, page) if context.format == "csv" else npz_file(points, page)
    return ModelStream(context, write, context.model.id.name)


@router.get("/items/{id}", **operation(formats_of(ItemQuery), json=item_schemas.Item))
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
        return await picture(context, read_png(thumbnail or b"")[None])
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
