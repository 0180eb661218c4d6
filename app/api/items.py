"""One item of the encoded data set: its image, or what is known of it."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Response

from app.errors import UnknownItem
from app.http import schemas
from app.http.context import CurrentContext, RequestContext
from app.http.openapi import operation
from app.http.queries import ItemQuery, formats_of
from app.http.responses import json_answer, picture
from app.http.routing import ModelRoute
from app.inference.queue import Priority

router = APIRouter(route_class=ModelRoute, tags=["data set"])


@router.get("/items/{id}", **operation(formats_of(ItemQuery), json=schemas.Item))
async def item(
    context: CurrentContext,
    query: Annotated[ItemQuery, Query()],  # noqa: ARG001  it refuses what is not declared
    index: Annotated[int, Path(alias="id", ge=0, lt=1 << 31)],
) -> Response:
    """Give an item: its image, or what is known of it."""
    table = context.model.points
    if index >= len(table):
        raise UnknownItem(f"no item {index}; {context.model.id} has items 0 to {len(table) - 1}")
    if context.format == "json":
        return json_answer(_described(context, index))
    if table.images is not None:
        image, source = table.images[index : index + 1], "data"
    else:
        label = np.maximum(table.label[index : index + 1], 0).astype(np.int32)
        z = table.z_mean[index : index + 1]
        image = (await context.infer("decode", z, Priority.PICTURE, label))["image"]
        source = "reconstruction"
    answer = await picture(context, image)
    answer.headers["x-item-source"] = source
    return answer


def _described(context: RequestContext, index: int) -> dict[str, Any]:
    table = context.model.points
    return {
        "id": index,
        "label": table.label_of(index),
        "z_mean": table.z_mean[index],
        "z_log_var": table.z_log_var[index],
        "kl": table.kl_per_dimension[index],
        "reconstruction": float(table.reconstruction[index]),
    }
