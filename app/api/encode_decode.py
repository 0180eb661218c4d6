"""Between images and latent vectors: encode, decode, reconstruct."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.arrays import Array
from app.errors import InvalidLatent
from app.http import schemas
from app.http.bodies import read_images, read_latents
from app.http.context import CurrentContext, RequestContext
from app.http.openapi import images_body, latents_body, operation
from app.http.queries import (
    DecodeGetQuery,
    DecodeQuery,
    EncodeQuery,
    ReconstructQuery,
    formats_of,
)
from app.http.responses import any_format, decoded_mean, json_answer, npy_answer, picture
from app.http.routing import ModelRoute
from app.imaging.posterior import draw_posteriors
from app.inference.queue import Priority
from app.latent.kl import kl_divergence, kl_of
from app.latent.vectors import vectors

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.post(
    "/decode", **operation(formats_of(DecodeQuery), json=schemas.Images, body=latents_body())
)
async def decode(context: CurrentContext, query: Annotated[DecodeQuery, Query()]) -> Response:
    """Decode the body's latent vectors."""
    return await _decode(context, query, await read_latents(context))


@router.post(
    "/encode", **operation(formats_of(EncodeQuery), json=schemas.Encoded, body=images_body())
)
async def encode(context: CurrentContext, query: Annotated[EncodeQuery, Query()]) -> Response:
    """Encode images to the parameters of their posteriors."""
    images = await read_images(context, query.invert)
    found = await context.infer("encode", images, Priority.ENCODE)
    z_mean, z_log_var = found["z_mean"], found["z_log_var"]
    if context.format == "npy":
        return npy_answer(z_mean)
    if context.format == "png":
        return await picture(context, draw_posteriors(z_mean, z_log_var)[None])
    kl = kl_divergence(z_mean, z_log_var)
    return json_answer({"z_mean": z_mean, "z_log_var": z_log_var, "kl": kl})


@router.get("/decode", **operation(formats_of(DecodeGetQuery), json=schemas.Images))
async def decode_query(
    context: CurrentContext, query: Annotated[DecodeGetQuery, Query()]
) -> Response:
    """Decode the query's latent vectors."""
    texts = query.z
    context.check_items(len(texts))
    try:
        rows = np.array([text.split(",") for text in texts], np.float64)
    except ValueError as error:
        message = "z must be vectors of one length, numbers separated by commas: z=0.1,-0.2"
        raise InvalidLatent(message) from error
    return await _decode(context, query, vectors(rows, context.model.manifest.latent_dim))


async def _decode(context: RequestContext, query: DecodeQuery, z: Array) -> Response:
    if query.dtype == "float32":
        return await decoded_mean(context, z, Priority.DECODE)
    images = (await context.infer("decode", z, Priority.DECODE))["image"]
    return await any_format(context, images, query.columns)


@router.post(
    "/reconstruct",
    **operation(formats_of(ReconstructQuery), json=schemas.Reconstructed, body=images_body()),
)
async def reconstruct(
    context: CurrentContext, query: Annotated[ReconstructQuery, Query()]
) -> Response:
    """Encode images and decode the means of their posteriors."""
    images = await read_images(context, query.invert)
    found = await context.infer("reconstruct", images, Priority.ENCODE)
    rebuilt = found["image"]
    if context.format == "json":
        error = _difference(images, rebuilt) / 255
        fields = {"reconstruction": found["reconstruction"], "kl": kl_of(found)}
        fields["mse"] = np.square(error).mean(axis=(1, 2, 3))
        return await any_format(context, rebuilt, query.columns, fields)
    if query.layout == "compare" and context.format != "npy":
        error = _difference(images, rebuilt).astype(np.uint8)
        rebuilt = np.concatenate([images, rebuilt, error], axis=2)
    return await any_format(context, rebuilt, query.columns)


def _difference(images: Array, others: Array) -> Array:
    return np.abs(images.astype(np.int16) - others)
