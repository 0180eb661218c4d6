"""About the service: models, health, metrics, its own description."""

from typing import Final

from app import schemas
from app.answers import Answer, json_answer
from app.calls import Call
from app.errors import NotReady
from app.operations import Operation


async def models(call: Call) -> Answer:
    """List the models, their versions and states."""
    return json_answer(call.service.catalogue.listing())


async def model(call: Call) -> Answer:
    """Describe a model: manifest, fingerprint, tile geometry."""
    return json_answer(call.model.description)


async def live(call: Call) -> Answer:
    """Say that the process answers."""
    return json_answer({"status": "live", "requests_in_progress": call.service.in_progress})


async def ready(call: Call) -> Answer:
    """Say whether requests can be served."""
    service = call.service
    if service.draining:
        raise NotReady("the service is shutting down")
    if not service.catalogue.served:
        raise NotReady(service.catalogue.why_empty())
    return json_answer({"status": "ready", "models": list(map(str, service.catalogue.served))})


async def metrics(call: Call) -> Answer:
    """Give Prometheus its metrics."""
    service = call.service
    service.metrics.waiting.set(service.batcher.waiting)
    service.metrics.cached.set(service.cache.bytes)
    service.metrics.in_progress.set(service.in_progress)
    return Answer(service.metrics.render(), "text/plain; version=0.0.4; charset=utf-8")


OPERATIONS: Final = (
    Operation(
        id="models",
        method="GET",
        path="/v1/models",
        handler=models,
        summary="What is served: models, versions, states.",
        answers=("json",),
        json=schemas.Listing,
        of_model=False,
    ),
    Operation(
        id="model",
        method="GET",
        path="/v1/models/{model}",
        handler=model,
        summary="A model's manifest, fingerprint and tile geometry.",
        answers=("json",),
        json=schemas.ModelDescription,
    ),
    Operation(
        id="live",
        method="GET",
        path="/health/live",
        handler=live,
        summary="Whether the process answers.",
        answers=("json",),
        json=schemas.Live,
        of_model=False,
        open=True,
    ),
    Operation(
        id="ready",
        method="GET",
        path="/health/ready",
        handler=ready,
        summary="Whether a model is loaded and requests are served.",
        answers=("json",),
        json=schemas.Ready,
        of_model=False,
        open=True,
    ),
    Operation(
        id="metrics",
        method="GET",
        path="/metrics",
        handler=metrics,
        summary="Prometheus metrics.",
        answers=("text",),
        of_model=False,
    ),
)
