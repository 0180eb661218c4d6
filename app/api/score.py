"""How unusual images are."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.http import schemas
from app.http.bodies import read_images
from app.http.context import CurrentContext
from app.http.openapi import images_body, operation
from app.http.queries import ScoreQuery, formats_of
from app.http.responses import json_answer
from app.http.routing import ModelRoute
from app.inference.queue import Priority
from app.latent.kl import kl_of

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.post("/score", **operation(formats_of(ScoreQuery), json=schemas.Scored, body=images_body()))
async def score(context: CurrentContext, query: Annotated[ScoreQuery, Query()]) -> Response:
    """Score images by −ELBO: the larger, the less the model expects the image."""
    images = await read_images(context, query.invert)
    found = await context.infer("reconstruct", images, Priority.ENCODE)
    reconstruction, kl = found["reconstruction"], kl_of(found)
    return json_answer({"score": reconstruction + kl, "reconstruction": reconstruction, "kl": kl})
