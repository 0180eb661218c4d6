"""The query parameters of every operation, with their bounds and defaults."""

import functools
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin

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


def as_list(value: Any) -> Any:
    """Take `a,b` as a list; a parameter that came twice is one longer list."""
    if isinstance(value, str):
        return value.split(",") if value else []
    if isinstance(value, list):
        return [piece for text in value for piece in as_list(text)]
    return value


def _listed(value: Any) -> Any:
    """Take a parameter that came once as a list of one."""
    return value if isinstance(value, list | tuple) else [value]


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Numbers = Annotated[tuple[FiniteFloat, ...], BeforeValidator(as_list)]
Indices = Annotated[tuple[Annotated[int, Field(ge=0, lt=1 << 31)], ...], BeforeValidator(as_list)]
Names = Annotated[tuple[Annotated[str, Field(max_length=200)], ...], BeforeValidator(as_list)]
Coordinate = Annotated[FiniteFloat, Field(ge=-1e9, le=1e9)]
Count = Annotated[int, Field(ge=1, le=65536)]
Seed = Annotated[int, Field(ge=0, lt=1 << 63, description="The same seed gives the same bytes.")]
Extent = Annotated[
    FiniteFloat,
    Field(
        gt=0,
        le=100,
        description="Half the width of the range, in standard deviations of the prior.",
    ),
]
Columns = Annotated[
    Count | None,
    Field(
        description="Columns of the contact sheet. Without it, the sheet is as square as it can be."
    ),
]
Origin = Annotated[
    Numbers | None,
    Field(
        description="The latent vector whose values the other dimensions keep; all 0 by default."
    ),
]
Place = Annotated[
    tuple[Coordinate, ...], BeforeValidator(as_list), Field(min_length=2, max_length=2)
]
PlaneName = Annotated[str, Field(max_length=65536)]
Plane = Annotated[
    str | None,
    Field(
        max_length=65536,
        description="A plane to draw in place of two dimensions: `chart`, `pca-i-j` or `v-…`. The "
        "items of a chart lie within an extent of 4.",
    ),
]
Direction = Annotated[
    str | None,
    Field(
        max_length=65536,
        description="A direction to go along from −extent to extent: `v-…` as POST direction names "
        "it, or numbers separated by commas.",
    ),
]
Label = Annotated[
    str | None,
    Field(max_length=200, description="The class, for a conditional model: its index or its name."),
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
    return frozenset(n for n, f in kind.model_fields.items() if _is_tuple(f.annotation))


def _is_tuple(annotation: Any) -> bool:
    """Tell whether a type is a tuple, or may be one."""
    return get_origin(annotation) is tuple or any(map(_is_tuple, get_args(annotation)))


def formats_of(kind: type[Query]) -> tuple[str, ...]:
    """Return the formats that a query's `format` allows, by preference."""
    choices, _ = get_args(kind.model_fields["format"].annotation)
    return get_args(choices)


def reasons(errors: Sequence[Any]) -> str:
    """Say what pydantic found, without echoing the input: it may be long, or hold no JSON."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in errors[:5])


class ModelQuery(Query):
    """What every operation of a model takes."""

    label: Label = None


class ImagesIn(ModelQuery):
    """What every operation that reads images takes."""

    invert: Literal["auto", "true", "false"] = Field(
        "auto",
        description="Whether to swap dark and light. `auto` swaps a greyscale image that was "
        "resized and has a light border.",
    )


class EncodeQuery(ImagesIn):
    """The query of encode."""

    format: Literal["json", "npy", "png"] | None = None


class DecodeQuery(ModelQuery):
    """The query of POST decode."""

    columns: Columns = None
    dtype: Literal["uint8", "float32"] = Field(
        "uint8", description="The type of the numbers in an npy answer."
    )
    format: Literal["png", "webp", "jpeg", "json", "npy"] | None = None


class DecodeGetQuery(DecodeQuery):
    """The query of GET decode."""

    z: Annotated[
        Texts,
        Field(
            min_length=1,
            description="A latent vector, such as `0.1,-0.2`. Repeat the parameter for several.",
        ),
    ]


class ReconstructQuery(ImagesIn):
    """The query of reconstruct."""

    layout: Literal["plain", "compare"] = Field(
        "plain", description="`compare` puts input, reconstruction and error side by side."
    )
    columns: Columns = None
    format: Literal["png", "webp", "jpeg", "json", "npy"] | None = None


class ScoreQuery(ImagesIn):
    """The query of score and locate."""

    format: Literal["json"] | None = None


class TileQuery(ModelQuery):
    """The query of tiles."""

    format: Literal["png", "webp", "jpeg"] | None = None


class GridQuery(ModelQuery):
    """The query of latent-grid."""

    rows: Count = 15
    columns: Count = 15
    extent: Extent = 3.0
    plane: Plane = None
    dims: Annotated[
        Indices | None,
        Field(
            description="The two dimensions that run across and up; 0,1 by default.", max_length=2
        ),
    ] = None
    spacing: Literal["linear", "quantile"] = Field(
        "linear", description="`quantile` takes even steps of the prior's probability."
    )
    origin: Origin = None
    format: Literal["png", "webp", "jpeg"] | None = None


class InterpolateQuery(ImagesIn):
    """The query of interpolate."""

    steps: Annotated[
        int,
        Field(
            ge=2,
            le=MOST_STEPS,
            description="How many images lie between one and the next, both included.",
        ),
    ] = 10
    method: Literal["lerp", "slerp"] = "lerp"
    direction: Direction = None
    extent: Extent = 3.0
    columns: Columns = None
    scale: Annotated[
        int, Field(ge=1, le=64, description="How many times as large pictures are drawn.")
    ] = 1
    smooth: Annotated[
        bool, Field(description="Whether enlarging blends pixels, instead of drawing squares.")
    ] = False
    format: Literal["png", "gif", "webp", "jpeg", "json", "npy"] | None = None


class TraverseQuery(ModelQuery):
    """The query of traverse."""

    dims: Annotated[
        Indices | None,
        Field(description="The dimensions to walk along, one row each; all by default."),
    ] = None
    steps: Annotated[int, Field(ge=2, le=MOST_STEPS)] = 11
    extent: Extent = 3.0
    origin: Origin = None
    direction: Direction = None
    plane: Plane = None
    at: Annotated[
        Place | None,
        Field(description="With `plane`: the place that both rows go through; 0,0 by default."),
    ] = None
    format: Literal["png", "webp", "jpeg"] | None = None


class ChartQuery(Query):
    """The query of chart."""

    u: Annotated[Place, Field(description="A place on the chart, such as `0.5,-1`.")]
    format: Literal["json"] | None = None


class SeparatingQuery(Query):
    """The query of planes/lda."""

    labels: Annotated[Names | None, Field(description="Indices or names; all by default.")] = None
    format: Literal["json"] | None = None
