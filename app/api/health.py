"""How the service is: probes and metrics."""

from fastapi import APIRouter, Request, Response

from app.errors import NotReady
from app.http import schemas
from app.http.openapi import operation
from app.http.responses import json_answer
from app.http.routing import ClosedRoute, OpenRoute
from app.inference.service import Service

router = APIRouter(route_class=OpenRoute, tags=["service"])
metrics_router = APIRouter(route_class=ClosedRoute, tags=["service"])


@router.get("/health/live", **operation(("json",), json=schemas.Live, errors=()))
async def live(request: Request) -> Response:
    """Say that the process answers."""
    in_progress = _service(request).in_progress
    return json_answer({"status": "live", "requests_in_progress": in_progress}, "no-store")


@router.get("/health/ready", **operation(("json",), json=schemas.Ready, errors=(503,)))
async def ready(request: Request) -> Response:
    """Say whether requests can be served."""
    service = _service(request)
    if reason := service.why_not_ready():
        raise NotReady(reason)
    names = list(map(str, service.registry.served))
    return json_answer({"status": "ready", "models": names}, "no-store")


@metrics_router.get("/metrics", **operation(("text",), errors=(401,)))
async def metrics(request: Request) -> Response:
    """Give Prometheus its metrics."""
    service = _service(request)
    service.note_load()
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return Response(service.metrics.render(), media_type=kind)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
