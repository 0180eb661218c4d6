"""The queries of what draws from the prior, or compares with it."""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from app.http.queries import Columns, Count, ModelQuery, Numbers, PlaneName, Query, Seed

PriorName = Annotated[
    Literal["fitted", "standard"],
    Field(description="The model's own, or N(0, I), which older models have alone."),
]


class SampleQuery(ModelQuery):
    """The query of sample."""

    n: Count = 16
    seed: Seed = 0
    temperature: Annotated[FiniteFloat, Field(ge=0, le=10)] = 1.0
    prior: PriorName = "fitted"
    columns: Columns = None
    dtype: Literal["uint8", "float32"] = Field(
        "uint8", description="The type of the numbers in an npy answer."
    )
    format: Literal["png", "webp", "jpeg", "json", "npy"] | None = None


class DensityQuery(Query):
    """The query of density."""

    z: Annotated[Numbers, Field(description="A latent vector.")]
    format: Literal["json"] | None = None


class HolesQuery(Query):
    """The query of holes."""

    plane: PlaneName = "dims-0-1"
    prior: PriorName = "fitted"
    format: Literal["json"] | None = None
