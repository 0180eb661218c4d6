"""The queries of what draws from the prior, or compares with it."""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from app.http.queries import Columns, Count, ModelQuery, Numbers, Query, Seed


class SampleQuery(ModelQuery):
    """The query of sample."""

    n: Count = 16
    seed: Seed = 0
    temperature: Annotated[FiniteFloat, Field(ge=0, le=10)] = 1.0
    prior: Literal["fitted", "standard"] = Field(
        "fitted", description="The model's own, or N(0, I), which older models have alone."
    )
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

    plane: Annotated[str, Field(max_length=65536)] = "dims-0-1"
    prior: Literal["fitted", "standard"] = Field(
        "fitted", description="The model's own, or N(0, I), which older models have alone."
    )
    format: Literal["json"] | None = None
