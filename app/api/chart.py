"""The chart: the latent vector at a place, the place of an image, and the chart's own arrays."""

import asyncio
import json
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.arrays import Array
from app.http import schemas
from app.http.bodies import read_anchors
from app.http.context import CurrentContext, RequestContext
from app.http.negotiation import MEDIA_TYPES
from app.http.openapi import either_body, operation
from app.http.queries import ChartQuery, ScoreQuery
from app.http.queries import Query as NoQuery
from app.http.responses import json_answer, picture
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.planes import chart_of
from models.chart import EXTENT, Chart

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


def _chart(context: RequestContext) -> Chart:
    return chart_of(context.model.points.chart, context.model.manifest)


@router.get("/chart", **operation(("json",), json=schemas.ChartPoint))
async def chart(context: CurrentContext, query: Annotated[ChartQuery, Query()]) -> Response:
    """Give the latent vector at a place of the chart, and how near the data are."""
    found = _chart(context)
    a, b = (np.array([value]) for value in query.u)
    z, land = found.points(a, b)[0], found.land_at(a, b)[0]
    return json_answer({"u": query.u, "z": z.astype(np.float32), "land": land / 255})


@router.get("/chart/land", **operation(("png",)))
async def land(
    context: CurrentContext,
    query: Annotated[NoQuery, Query()],  # noqa: ARG001  it refuses what is not declared
) -> Response:
    """Draw how near the data are to each node: white at an item, black far out at sea."""
    return await picture(context, _chart(context).land[None, ::-1, :, None])


@router.get("/chart/sheet", **operation(("binary",)))
async def sheet(
    context: CurrentContext,
    query: Annotated[NoQuery, Query()],  # noqa: ARG001  it refuses what is not declared
) -> Response:
    """Give the lattice of latent vectors, in the binary form that docs/api.md describes."""
    found = _chart(context)
    side, _, latent_dim = found.sheet.shape
    head = json.dumps({"side": side, "latent_dim": latent_dim, "extent": EXTENT}).encode()
    head += b" " * (-len(head) % 4)
    arrays = (found.offset, found.step, found.sheet, found.land)
    body = len(head).to_bytes(4, "little") + head + b"".join(array.tobytes() for array in arrays)
    return Response(body, media_type=MEDIA_TYPES["binary"])


@router.post("/locate", **operation(("json",), json=schemas.Located, body=either_body(1)))
async def locate(context: CurrentContext, query: Annotated[ScoreQuery, Query()]) -> Response:
    """Find the places of images or latent vectors: where on land the chart is nearest to them."""
    found = _chart(context)
    field, rows = await read_anchors(context, query.invert)
    if field == "images":
        rows = (await context.infer("encode", rows, Priority.ENCODE))["z_mean"]
    items = await asyncio.to_thread(_located, found, rows)
    return json_answer({"items": items, "usual_distance": context.model.points.usual_distance})


def _located(chart: Chart, z: Array) -> list[dict[str, object]]:
    a, b = chart.project(z)
    distance = np.linalg.norm(z - chart.points(a, b), axis=1)
    land = chart.land_at(a, b) / 255
    rows = zip(np.stack([a, b], axis=1).tolist(), distance.tolist(), land.tolist(), strict=True)
    return [{"u": u, "distance": away, "land": near} for u, away, near in rows]
