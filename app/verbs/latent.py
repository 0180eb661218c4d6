"""Between images and latent vectors: encode, decode, reconstruct, score."""

from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Query, Response

from app import schemas
from app.answers import json_answer
from app.batching import Priority
from app.bodies import read_images, read_latents
from app.calls import Call, CurrentCall
from app.described import images_body, latents_body, operation
from app.engine import Array
from app.errors import InvalidLatent, NotAcceptable
from app.latents import vectors
from app.negotiation import MEDIA_TYPES
from app.npy import write_npy
from app.pictures import posterior
from app.points import kl_divergence
from app.queries import (
    DecodeGetQuery,
    DecodeQuery,
    EncodeQuery,
    ReconstructQuery,
    ScoreQuery,
)
from app.rendering import any_format, picture
from app.routes import ModelRoute

PICTURES: Final = ("png", "webp", "jpeg", "json", "npy")
router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.post("/decode", **operation(*PICTURES, json=schemas.Images, body=latents_body()))
async def decode(call: CurrentCall, query: Annotated[DecodeQuery, Query()]) -> Response:
    """Decode the body's latent vectors."""
    return await _decode(call, query, await read_latents(call))


@router.post("/encode", **operation("json", "npy", "png", json=schemas.Encoded, body=images_body()))
async def encode(call: CurrentCall, query: Annotated[EncodeQuery, Query()]) -> Response:
    """Encode images to the parameters of their posteriors."""
    images = await read_images(call, query.invert)
    found = await call.infer("encode", images, Priority.ENCODE)
    z_mean, z_log_var = found["z_mean"], found["z_log_var"]
    if call.format == "npy":
        return Response(write_npy(z_mean), media_type=MEDIA_TYPES["npy"])
    if call.format == "png":
        return await picture(call, posterior(z_mean, z_log_var)[None])
    kl = kl_divergence(z_mean, z_log_var)
    return json_answer({"z_mean": z_mean, "z_log_var": z_log_var, "kl": kl})


@router.get("/decode", **operation(*PICTURES, json=schemas.Images))
async def decode_query(call: CurrentCall, query: Annotated[DecodeGetQuery, Query()]) -> Response:
    """Decode the query's latent vectors."""
    texts = query.z
    call.check_items(len(texts))
    try:
        rows = np.array([text.split(",") for text in texts], np.float64)
    except ValueError as error:
        message = "z must be vectors of one length, numbers separated by commas: z=0.1,-0.2"
        raise InvalidLatent(message) from error
    return await _decode(call, query, vectors(rows, call.model.manifest.latent_dim))


async def _decode(call: Call, query: DecodeQuery, z: Array) -> Response:
    if query.dtype == "float32":
        if call.format != "npy":
            raise NotAcceptable("dtype=float32 is answered as npy: add format=npy")
        found = await call.infer("decode_mean", z, Priority.DECODE)
        return Response(write_npy(found["mean"]), media_type=MEDIA_TYPES["npy"])
    images = (await call.infer("decode", z, Priority.DECODE))["image"]
    return await any_format(call, images, query.columns)


@router.post("/reconstruct", **operation(*PICTURES, json=schemas.Reconstructed, body=images_body()))
async def reconstruct(call: CurrentCall, query: Annotated[ReconstructQuery, Query()]) -> Response:
    """Encode images and decode the means of their posteriors."""
    images = await read_images(call, query.invert)
    found = await call.infer("reconstruct", images, Priority.ENCODE)
    rebuilt = found["image"]
    if call.format == "json":
        error = _difference(images, rebuilt) / 255
        fields = {"reconstruction": found["reconstruction"], "kl": _kl(found)}
        fields["mse"] = np.square(error).mean(axis=(1, 2, 3))
        return await any_format(call, rebuilt, query.columns, fields)
    if query.layout == "compare" and call.format != "npy":
        error = _difference(images, rebuilt).astype(np.uint8)
        rebuilt = np.concatenate([images, rebuilt, error], axis=2)
    return await any_format(call, rebuilt, query.columns)


@router.post("/score", **operation("json", json=schemas.Scored, body=images_body()))
async def score(call: CurrentCall, query: Annotated[ScoreQuery, Query()]) -> Response:
    """Score images by −ELBO: the larger, the less the model expects the image."""
    images = await read_images(call, query.invert)
    found = await call.infer("reconstruct", images, Priority.ENCODE)
    reconstruction, kl = found["reconstruction"], _kl(found)
    return json_answer({"score": reconstruction + kl, "reconstruction": reconstruction, "kl": kl})


def _difference(images: Array, others: Array) -> Array:
    return np.abs(images.astype(np.int16) - others)


def _kl(found: dict[str, Array]) -> Array:
    """Return KL in nats per image. The graph's own depends on the batch in its last bit."""
    kl: Array = kl_divergence(found["z_mean"], found["z_log_var"]).sum(axis=1)
    return kl
