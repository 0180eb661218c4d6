"""The decoded plane as a zoomable map, a tile at a time."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response

from app.http.context import CurrentContext
from app.http.openapi import operation
from app.http.queries import TileQuery, formats_of
from app.http.responses import picture
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.planes import MAX_ZOOM, parse_plane, tile_cells, tile_points

FAR: Final = 999_999_999
PLANES: Final = "`chart`, `dims-i-j`, `pca-i-j` or `v-…`"
Index = Annotated[int, Path(ge=-FAR, le=FAR)]
router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.get("/tiles/{plane}/{zoom}/{x}/{y}", **operation(formats_of(TileQuery)))
async def tile(  # noqa: PLR0917  what its path is made of
    context: CurrentContext,
    query: Annotated[TileQuery, Query()],  # noqa: ARG001  it refuses what is not declared
    plane: Annotated[str, Path(examples=["dims-0-1"], description=PLANES)],
    zoom: Annotated[int, Path(ge=0, le=MAX_ZOOM)],
    x: Index,
    y: Index,
) -> Response:
    """Draw one tile of a plane."""
    manifest = context.model.manifest
    cells = tile_cells(*manifest.image_shape[:2])
    z = tile_points(parse_plane(plane, manifest, context.model.points.chart), cells, zoom, x, y)
    return await picture(context, await context.decode(z, Priority.TILE), cells)
