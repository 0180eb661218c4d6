"""`/v2`: KServe's Open Inference Protocol over the same models, for clients that speak it.

A model of the protocol has one set of inputs and outputs, and ours have four: each signature is a
model of its own there, `mnist-z2.decode`, at the version of ours.
"""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from app.arrays import Array
from app.errors import InvalidRequest, ModelNotFound
from app.http.context import RequestContext
from app.http.oip_tensors import NAMES, read_request, write_answer
from app.http.raw_body import read_body
from app.http.responses import json_answer
from app.http.routing import ClosedRoute, OpenRoute, open_model
from app.inference.queue import Priority
from app.inference.registry import Model
from app.latent.kl import kl_of
from app.latent.vectors import vectors
from models.manifest import SIGNATURES, Manifest, Tensor

LENGTH: Final = "inference-header-content-length"
EXTENSIONS: Final = ["binary_tensor_data"]
PLATFORM: Final = "tensorflow_savedmodel"


# The protocol has a description of its own: the OpenAPI document does not repeat it.
health_router = APIRouter(prefix="/v2/health", route_class=OpenRoute, include_in_schema=False)
router = APIRouter(prefix="/v2", route_class=ClosedRoute, include_in_schema=False)


@health_router.get("/live", name="v2_live")
async def live() -> Response:
    """Say that the process answers."""
    return json_answer({"live": True}, "no-store")


@health_router.get("/ready", name="v2_ready")
async def ready(request: Request) -> Response:
    """Say whether requests can be served."""
    good = not request.app.state.service.why_not_ready()
    answer = json_answer({"ready": good}, "no-store")
    answer.status_code = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    return answer


@router.get("", name="v2_server")
async def server(request: Request) -> Response:
    """Describe the server."""
    about = {"name": "vae-atlas", "version": request.app.version, "extensions": EXTENSIONS}
    return json_answer(about)


@router.get("/models/{model}/ready", name="v2_model_ready")
@router.get("/models/{model}/versions/{version}/ready", name="v2_model_ready")
async def model_ready(request: Request, model: str, version: str | None = None) -> Response:
    """Say whether a model can be asked."""
    _find(request, model, version)
    return json_answer({"name": model, "ready": True})


@router.get("/models/{model}", name="v2_model")
@router.get("/models/{model}/versions/{version}", name="v2_model")
async def describe(request: Request, model: str, version: str | None = None) -> Response:
    """Describe a model's tensors."""
    found, signature = _find(request, model, version)
    inputs, outputs = _tensors(found.manifest, signature)
    served = request.app.state.service.registry.served
    versions = [str(m.version) for m in sorted(served) if m.name == found.id.name]
    tensors = {"inputs": _described(inputs), "outputs": _described(outputs)}
    return json_answer({"name": model, "versions": versions, "platform": PLATFORM, **tensors})


@router.post("/models/{model}/infer", name="v2_infer")
@router.post("/models/{model}/versions/{version}/infer", name="v2_infer")
async def infer(request: Request, model: str, version: str | None = None) -> Response:
    """Run a signature on tensors, with others' items beside them."""
    found, signature = _find(request, model, version)
    request.path_params["model"] = str(found.id)
    context = open_model(request, ("json",))
    service = context.service
    service.admit(found)
    try:
        service.batcher.check_room()
        body = await read_body(context)
        size = _json_size(request, body)
        known, outputs = _tensors(found.manifest, signature)
        asked, inputs = read_request(body, size, known, service.settings.max_items)
        binary = asked.wanted(list(outputs))
        results = await _computed(context, signature, inputs)
    finally:
        service.leave(found)
    head = {"model_name": model, "model_version": str(found.id.version)}
    head |= {"id": asked.id} if asked.id else {}
    content, json_size = write_answer(head, {name: results[name] for name in binary}, binary)
    if json_size is None:
        return Response(content, media_type="application/json")
    headers = {LENGTH: str(json_size)}
    return Response(content, headers=headers, media_type="application/octet-stream")


async def _computed(
    context: RequestContext, signature: str, inputs: dict[str, Array]
) -> dict[str, Array]:
    labels = inputs.pop("label", None)
    if labels is not None:
        classes = len(context.model.manifest.labels)
        if labels.min() < 0 or labels.max() >= max(classes, 1):
            raise InvalidRequest(f"label must be from 0 to {classes - 1}")
    [array] = inputs.values()
    if signature.startswith("decode"):
        array = vectors(array, context.model.manifest.latent_dim)
    priority = Priority.DECODE if signature.startswith("decode") else Priority.ENCODE
    results = await context.infer(signature, array, priority, labels)
    if "kl" in results:
        results = {**results, "kl": kl_of(results)}
    return results


def _json_size(request: Request, body: bytes) -> int:
    """Return how much of a body is JSON: what the header says, or all of it."""
    text = request.headers.get(LENGTH)
    if text is None:
        return len(body)
    if not text.isdecimal() or len(text) > 10 or int(text) > len(body):  # noqa: PLR2004
        came = f"{text[:40]!r} for a body of {len(body)} bytes"
        raise InvalidRequest(f"Inference-Header-Content-Length is {came}")
    return int(text)


def _find(request: Request, model: str, version: str | None) -> tuple[Model, str]:
    """Find the model and signature behind a name of the protocol.

    Raises:
        ModelNotFound, NotReady: There is none.
    """
    name, _, signature = model.partition(".")
    reference = name if version is None else f"{name}@{version}"
    found = request.app.state.service.registry.find(reference)
    if "@" in name or signature not in SIGNATURES:
        names = ", ".join(f"{found.id.name}.{signature}" for signature in SIGNATURES)
        raise ModelNotFound(f"no model {model[:100]!r} is served here; there are: {names}")
    return found, signature


def _tensors(manifest: Manifest, signature: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return a signature's inputs and outputs."""
    inputs, outputs = (
        {name: manifest.tensor(name) for name in names}
        for names in (manifest.input_names(signature), SIGNATURES[signature][1])
    )
    return inputs, outputs


def _described(tensors: dict[str, Tensor]) -> list[dict[str, Any]]:
    return [
        {"name": name, "datatype": NAMES[tensor.dtype], "shape": [-1, *tensor.shape]}
        for name, tensor in tensors.items()
    ]
