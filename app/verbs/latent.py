"""Between images and latent vectors: encode, decode, reconstruct, score."""

from typing import Final

import numpy as np

from app import schemas
from app.answers import Answer, json_answer
from app.batching import Priority
from app.bodies import read_images, read_latents
from app.calls import Call
from app.engine import Array
from app.errors import InvalidLatent, NotAcceptable
from app.latents import vectors
from app.negotiation import MEDIA_TYPES
from app.npy import write_npy
from app.operations import Body, Operation
from app.pictures import posterior
from app.points import kl_divergence
from app.queries import DecodeGetQuery, DecodeQuery, EncodeQuery, ReconstructQuery, ScoreQuery
from app.rendering import any_format, picture


async def encode(call: Call) -> Answer:
    """Encode images to the parameters of their posteriors."""
    images = await read_images(call, call.asks(EncodeQuery).invert)
    found = await call.infer("encode", images, Priority.ENCODE)
    z_mean, z_log_var = found["z_mean"], found["z_log_var"]
    if call.format == "npy":
        return Answer(write_npy(z_mean), MEDIA_TYPES["npy"])
    if call.format == "png":
        return await picture(call, posterior(z_mean, z_log_var)[None])
    kl = kl_divergence(z_mean, z_log_var)
    return json_answer({"z_mean": z_mean, "z_log_var": z_log_var, "kl": kl})


async def decode(call: Call) -> Answer:
    """Decode the body's latent vectors."""
    return await _decode(call, await read_latents(call))


async def decode_query(call: Call) -> Answer:
    """Decode the query's latent vectors."""
    texts = call.asks(DecodeGetQuery).z
    call.check_items(len(texts))
    try:
        rows = np.array([text.split(",") for text in texts], np.float64)
    except ValueError as error:
        message = "z must be vectors of one length, numbers separated by commas: z=0.1,-0.2"
        raise InvalidLatent(message) from error
    return await _decode(call, vectors(rows, call.model.manifest.latent_dim))


async def _decode(call: Call, z: Array) -> Answer:
    query = call.asks(DecodeQuery)
    if query.dtype == "float32":
        if call.format != "npy":
            raise NotAcceptable("dtype=float32 is answered as npy: add format=npy")
        found = await call.infer("decode_mean", z, Priority.DECODE)
        return Answer(write_npy(found["mean"]), MEDIA_TYPES["npy"])
    images = (await call.infer("decode", z, Priority.DECODE))["image"]
    return await any_format(call, images, query.columns)


async def reconstruct(call: Call) -> Answer:
    """Encode images and decode the means of their posteriors."""
    query = call.asks(ReconstructQuery)
    images = await read_images(call, query.invert)
    found = await call.infer("reconstruct", images, Priority.ENCODE)
    rebuilt = found["image"]
    error = np.abs(images.astype(np.int16) - rebuilt)
    fields = {
        "reconstruction": found["reconstruction"],
        "kl": _kl(found),
        "mse": np.square(error / 255).mean(axis=(1, 2, 3)),
    }
    if query.layout == "compare" and call.format not in {"json", "npy"}:
        rebuilt = np.concatenate([images, rebuilt, error.astype(np.uint8)], axis=2)
    return await any_format(call, rebuilt, query.columns, fields)


async def score(call: Call) -> Answer:
    """Score images by −ELBO: the larger, the less the model expects the image."""
    images = await read_images(call, call.asks(ScoreQuery).invert)
    found = await call.infer("reconstruct", images, Priority.ENCODE)
    reconstruction, kl = found["reconstruction"], _kl(found)
    return json_answer({"score": reconstruction + kl, "reconstruction": reconstruction, "kl": kl})


def _kl(found: dict[str, Array]) -> Array:
    """Return KL in nats per image. The graph's own depends on the batch in its last bit."""
    kl: Array = kl_divergence(found["z_mean"], found["z_log_var"]).sum(axis=1)
    return kl


PICTURES: Final = ("png", "webp", "jpeg", "json", "npy")
OPERATIONS: Final = (
    Operation(
        id="decode",
        method="POST",
        path="decode",
        handler=decode,
        summary="Latent vectors to images.",
        answers=PICTURES,
        json=schemas.Images,
        query=DecodeQuery,
        body=Body.LATENTS,
    ),
    Operation(
        id="decode_query",
        method="GET",
        path="decode",
        handler=decode_query,
        summary="Latent vectors in the query to images.",
        answers=PICTURES,
        json=schemas.Images,
        query=DecodeGetQuery,
    ),
    Operation(
        id="encode",
        method="POST",
        path="encode",
        handler=encode,
        summary="Images to the mean and log variance of their posteriors.",
        answers=("json", "npy", "png"),
        json=schemas.Encoded,
        query=EncodeQuery,
        body=Body.IMAGES,
    ),
    Operation(
        id="reconstruct",
        method="POST",
        path="reconstruct",
        handler=reconstruct,
        summary="Images to their reconstructions.",
        answers=PICTURES,
        json=schemas.Reconstructed,
        query=ReconstructQuery,
        body=Body.IMAGES,
    ),
    Operation(
        id="score",
        method="POST",
        path="score",
        handler=score,
        summary="Anomaly scores of images: −ELBO, in nats per image.",
        answers=("json",),
        json=schemas.Scored,
        query=ScoreQuery,
        body=Body.IMAGES,
    ),
)
