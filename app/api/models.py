"""Which models are served, and what each of them is."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.http import schemas
from app.http.context import CurrentContext
from app.http.openapi import OF_SERVICE, operation
from app.http.queries import Query as NoParameters
from app.http.responses import json_answer
from app.http.routing import ClosedRoute, ModelRoute

list_router = APIRouter(route_class=ClosedRoute, tags=["service"])
router = APIRouter(route_class=ModelRoute, tags=["models"])
NoQuery = Annotated[NoParameters, Query()]


@list_router.get("/v1/models", **operation(("json",), json=schemas.Listing, errors=OF_SERVICE))
async def models(request: Request, query: NoQuery) -> Response:  # noqa: ARG001
    """List the models, their versions and states."""
    return json_answer(request.app.state.service.registry.listing(), "no-cache")


@router.get("", **operation(("json",), json=schemas.ModelDescription))
async def model(context: CurrentContext, query: NoQuery) -> Response:  # noqa: ARG001
    """Describe a model: manifest, fingerprint, tile geometry."""
    return json_answer(context.model.description)
