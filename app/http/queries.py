"""The query parameters of every operation, with their bounds and defaults."""

import functools
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
)
from starlette.datastructures import QueryParams

from app.errors import InvalidRequest

MOST_STEPS: Final = 256
NO_QUERY: Final = QueryParams()


def _split(value: Any) -> Any:
    """Take `a,b` as a list; a parameter that came twice is one longer list."""
    if isinstance(value, str):
        return value.split(",") if value else []
    if isinstance(value, list):
        return [piece for text in value for piece in _split(text)]
    return value


Numbers = Annotated[tuple[FiniteFloat, ...], BeforeValidator(_split)]
Indices = Annotated[tuple[Annotated[int, Field(ge=0, lt=1 << 31)], ...], BeforeValidator(_split)]
Count = Annotated[int, Field(ge=1, le=65536)]
Seed = Annotated[int, Field(ge=0, lt=1 << 63, description="Same seed, same bytes.")]
Extent = Annotated[
    FiniteFloat,
    Field(gt=0, le=100, description="Half-width of the range, in the prior's deviations."),
]
Columns = Annotated[
    Count | None, Field(description="Columns of the contact sheet; as square as can be if absent.")
]
Origin = Annotated[
    Numbers | None,
    Field(description="The latent vector that the other dimensions keep; 0 if absent."),
]
Label = Annotated[
    str | None,
    Field(max_length=200, description="Class of a conditional model: its index or its name."),
]


class Query(BaseModel):
    """Base of the queries: a parameter that nobody declared is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


QueryType = TypeVar("QueryType", bound=Query)


def read_query(kind: type[QueryType], values: QueryParams) -> QueryType:
    """Read a query; of a number that comes twice the last counts, of lists all are taken.

    Raises:
        InvalidRequest: A parameter is unknown or wrong; the message says which and why.
    """
    return _read(kind, values) if values else _defaults(kind)


@functools.cache
def _defaults(kind: type[QueryType]) -> QueryType:
    return _read(kind, NO_QUERY)


def _read(kind: type[QueryType], values: QueryParams) -> QueryType:
    lists = _lists(kind)
    read = {name: values.getlist(name) if name in lists else values[name] for name in values}
    try:
        return kind.model_validate(read)
    except ValidationError as error:
        raise InvalidRequest(reasons(error.errors())) from error


@functools.cache
def _lists(kind: type[Query]) -> frozenset[str]:
    """Name the parameters that take several values."""
    return frozenset(n for n, f in kind.model_fields.items() if "tuple" in str(f.annotation))


def reasons(errors: Sequence[Any]) -> str:
    """Say what pydantic found, without echoing the input: it may be long, or hold no JSON."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in errors[:5])


class ModelQuery(Query):
    """What every verb of a model takes."""

    label: Label = None


class ImagesIn(ModelQuery):
    """Of the verbs that read images."""

    invert: Literal["auto", "true", "false"] = Field(
        "auto",
        description="Swap dark and light. auto: a greyscale image that was resized and has a "
        "light border.",
    )


class EncodeQuery(ImagesIn):
    """Of encode."""

    format: Literal["json", "npy", "png"] | None = None


class DecodeQuery(ModelQuery):
    """Of POST decode."""

    columns: Columns = None
    dtype: Literal["uint8", "float32"] = Field("uint8", description="Of npy.")
    format: Literal["png", "webp", "jpeg", "json", "npy"] | None = None


class DecodeGetQuery(DecodeQuery):
    """Of GET decode."""

    z: Annotated[
        tuple[str, ...],
        BeforeValidator(lambda value: value if isinstance(value, list) else [value]),
        Field(min_length=1, description="A latent vector, `0.1,-0.2`; repeat it for several."),
    ]


class ReconstructQuery(ImagesIn):
    """Of reconstruct."""

    layout: Literal["plain", "compare"] = Field(
        "plain", description="compare: input, reconstruction and error side by side."
    )
    columns: Columns = None
    format: Literal["png", "webp", "jpeg", "json", "npy"] | None = None


class ScoreQuery(ImagesIn):
    """Of score."""

    format: Literal["json"] | None = None


class GridQuery(ModelQuery):
    """Of latent-grid."""

    rows: Count = 15
    columns: Count = 15
    extent: Extent = 3.0
    dims: Annotated[
        Indices | None, Field(description="Across and up; 0,1 if absent.", max_length=2)
    ] = None
    spacing: Literal["linear", "quantile"] = Field(
        "linear", description="quantile: even steps of the prior's probability."
    )
    origin: Origin = None
    format: Literal["png", "webp", "jpeg"] | None = None


class SampleQuery(ModelQuery):
    """Of sample."""

    n: Count = 16
    seed: Seed = 0
    temperature: Annotated[FiniteFloat, Field(ge=0, le=10)] = 1.0
    columns: Columns = None
    dtype: Literal["uint8", "float32"] = Field("uint8", description="Of npy.")
    format: Literal["png", "webp", "jpeg", "json", "npy"] | None = None


class InterpolateQuery(ImagesIn):
    """Of interpolate."""

    steps: Annotated[int, Field(ge=2, le=MOST_STEPS, description="From one to the next.")] = 10
    method: Literal["lerp", "slerp"] = "lerp"
    columns: Columns = None
    format: Literal["png", "gif", "webp", "jpeg", "json", "npy"] | None = None


class TraverseQuery(ModelQuery):
    """Of traverse."""

    dims: Annotated[Indices | None, Field(description="One row each; all if absent.")] = None
    steps: Annotated[int, Field(ge=2, le=MOST_STEPS)] = 11
    extent: Extent = 3.0
    origin: Origin = None
    format: Literal["png", "webp", "jpeg"] | None = None


class PointsQuery(Query):
    """Of points."""

    plane: Annotated[str, Field(max_length=65536)] = "dims-0-1"
    columns: Annotated[
        tuple[Literal["x", "y", "label", "reconstruction", "kl", "norm"], ...],
        BeforeValidator(_split),
        Field(min_length=1),
    ] = ("x", "y", "label")
    format: Literal["binary", "json"] | None = None


class ItemQuery(Query):
    """Of items."""

    format: Literal["png", "webp", "jpeg", "json"] | None = None


class NeighboursQuery(Query):
    """Of neighbours."""

    z: Annotated[Numbers, Field(description="A latent vector.")]
    k: Annotated[int, Field(ge=1, le=1000)] = 10
