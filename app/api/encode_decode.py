"""Between images and latent vectors: encode, decode, reconstruct."""

from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Query, Response

from app.arrays import Array
from app.errors import InvalidLatent, NotAcceptable
from app.http import schemas
from app.http.bodies import read_images, read_latents
from app.http.context import Call, CurrentCall
from app.http.negotiation import MEDIA_TYPES
from app.http.openapi import images_body, latents_body, operation
from app.http.queries import (
    DecodeGetQuery,
    DecodeQuery,
    EncodeQuery,
    ReconstructQuery,
)
from app.http.responses import any_format, json_answer, picture
from app.http.routing import ModelRoute
from app.imaging.npy import write_npy
from app.imaging.write_image import posterior
from app.inference.batcher import Priority
from app.latent.points import kl_divergence, kl_of
from app.latent.vectors import vectors

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
        fields = {"reconstruction": found["reconstruction"], "kl": kl_of(found)}
        fields["mse"] = np.square(error).mean(axis=(1, 2, 3))
        return await any_format(call, rebuilt, query.columns, fields)
    if query.layout == "compare" and call.format != "npy":
        error = _difference(images, rebuilt).astype(np.uint8)
        rebuilt = np.concatenate([images, rebuilt, error], axis=2)
    return await any_format(call, rebuilt, query.columns)


def _difference(images: Array, others: Array) -> Array:
    return np.abs(images.astype(np.int16) - others)
