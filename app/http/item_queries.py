"""The query parameters of the operations on the encoded data set."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from app.http.queries import ImagesIn, Indices, Numbers, PlaneName, Query, Texts, as_list

NumberOfNeighbours = Annotated[int, Field(ge=1, le=1000)]


class PointsQuery(Query):
    """The query of points."""

    plane: PlaneName = "dims-0-1"
    columns: Annotated[
        Texts,
        Field(
            min_length=1,
            description="x, y, norm, and any of the model's `columns`, separated by commas. A name "
            "that has a comma needs a parameter of its own.",
        ),
    ] = ("x,y,label",)
    format: Literal["binary", "json"] | None = None


class ItemsQuery(Query):
    """The query of items."""

    labels: Annotated[
        Texts | None,
        Field(
            description="Classes, by their names or indices, separated by commas. A name that has "
            "a comma needs a parameter of its own; an empty one means no class.",
        ),
    ] = None
    split: Annotated[
        tuple[Literal["train", "test", "new"], ...] | None, BeforeValidator(as_list)
    ] = None
    search: Annotated[
        str | None,
        Field(max_length=1000, description="A part of the path, or of a column that is text."),
    ] = None
    where: Annotated[
        Texts,
        Field(
            max_length=100,
            description="`COLUMN OPERATOR VALUE`, such as `weight>=2.5`, with = or != for any "
            "column, < <= > >= for numbers and dates, ~ (contains) for texts and categories. No "
            "value after = or != means none. May be repeated; all must hold.",
        ),
    ] = ()
    sort: Annotated[
        str | None, Field(max_length=1000, description="A column; with - before it, downwards.")
    ] = None
    limit: Annotated[
        int | None,
        Field(ge=0, lt=1 << 31, description="Of JSON 100 by default, at most 10,000; else all."),
    ] = None
    offset: Annotated[int, Field(ge=0, lt=1 << 31)] = 0
    format: Literal["json", "csv", "npz", "npy"] | None = None


class ReviewQuery(Query):
    """The query of review."""

    limit: Annotated[
        int | None, Field(ge=0, le=10_000, description="100 by default; of CSV all.")
    ] = None
    offset: Annotated[int, Field(ge=0, lt=1 << 31)] = 0
    format: Literal["json", "csv"] | None = None


class ItemQuery(Query):
    """The query of one item."""

    format: Literal["png", "webp", "jpeg", "json"] | None = None


class NeighboursQuery(Query):
    """The query of GET neighbours: either a vector or items."""

    z: Annotated[Numbers | None, Field(description="A latent vector.")] = None
    item: Annotated[
        Indices | None,
        Field(
            min_length=1,
            max_length=1000,
            description="An item, or several, whose mean counts; the answer leaves them out.",
        ),
    ] = None
    k: NumberOfNeighbours = 10
    format: Literal["json"] | None = None


class NeighboursOfBodyQuery(ImagesIn):
    """The query of POST neighbours."""

    k: NumberOfNeighbours = 10
    format: Literal["json"] | None = None
