"""Lists of items to look through: what may be wrong with the data, or with the model."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response

from app.http import item_schemas
from app.http.context import CurrentContext, RequestContext
from app.http.item_queries import ReviewQuery
from app.http.negotiation import MEDIA_TYPES
from app.http.openapi import operation
from app.http.queries import formats_of
from app.http.responses import json_answer
from app.http.routing import ModelRoute
from models.class_names import class_name
from models.csv_text import csv_lines
from models.review_lists import Listed

router = APIRouter(route_class=ModelRoute, tags=["data set"])
Name = Annotated[
    Literal["labels", "duplicates", "strangers", "reconstructions"],
    Path(description="Of which kind the items are."),
]
USUAL = 100  # items of a page


@router.get("/review/{name}", **operation(formats_of(ReviewQuery), json=item_schemas.ReviewedItems))
async def review(
    context: CurrentContext, query: Annotated[ReviewQuery, Query()], name: Name
) -> Response:
    """Give a page of a list of items that a person may want to look at, the surest first."""
    found = await context.model.review.find(name)
    limit = USUAL if query.limit is None and context.format == "json" else query.limit
    page = slice(query.offset, None if limit is None else query.offset + limit)
    rows = await asyncio.to_thread(_described, context, found, page)
    if context.format == "json":
        return json_answer({"total": len(found.ids), "items": rows})
    names = ["id", "path", "label", *found.findings]
    text = csv_lines([names, *(_named(context, row) for row in rows)])
    return Response(text, media_type=MEDIA_TYPES["csv"])


def _described(context: RequestContext, found: Listed, page: slice) -> list[dict[str, Any]]:
    points, ids = context.model.points, found.ids[page].tolist()
    findings = {name: values[page].tolist() for name, values in found.findings.items()}
    columns = {
        "id": ids,
        "path": points.items.values("path", ids),
        "label": [points.label_of(item) for item in ids],
        **findings,
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _named(context: RequestContext, row: dict[str, Any]) -> list[Any]:
    """Write the names of classes in place of their indices."""
    names = context.model.manifest.labels
    classes = {"label", "suggested"}
    return [
        (class_name(names, value) or value) if name in classes else value
        for name, value in row.items()
    ]
