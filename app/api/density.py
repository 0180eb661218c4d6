"""How usual a place of the latent space is, by the model's prior."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from app.http import schemas
from app.http.context import CurrentContext
from app.http.openapi import operation
from app.http.prior_queries import DensityQuery
from app.http.responses import json_answer
from app.http.routing import ModelRoute
from app.latent.vectors import vectors

router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.get("/density", **operation(("json",), json=schemas.Density))
async def density(context: CurrentContext, query: Annotated[DensityQuery, Query()]) -> Response:
    """Give the prior's density at a vector, and the share of its draws that are less likely."""
    model = context.model
    z = vectors(np.array([query.z], np.float64), model.manifest.latent_dim)
    log_prob = model.prior.log_prob(z)[0]
    draws = model.densities_of_draws
    rarer = np.searchsorted(draws, log_prob) / len(draws)
    return json_answer({"log_prob": float(log_prob), "rarer": float(rarer)})
