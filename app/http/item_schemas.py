"""The JSON of the operations on the encoded data set, as the API's document describes it."""

from typing import Annotated, Literal

from pydantic import Field

from app.http.schemas import Schema

Value = str | float | None


class PointTable(Schema):
    """Columns of the encoded data set; row i is item i."""

    n: int
    total: int
    plane: str
    x: list[float] | None = None
    y: list[float] | None = None
    label: list[int] | None = Field(
        None, description="The class of each item; -1 where there is none."
    )
    reconstruction: list[float] | None = None
    kl: list[float] | None = None
    norm: list[float] | None = None
    columns: dict[str, list[Value]] | None = Field(
        None, description="Other columns by their names; a date is written as ISO 8601."
    )


class Selection(Schema):
    """Items that meet all of some conditions, of which there is one or more."""

    ids: list[Annotated[int, Field(ge=0, lt=1 << 31)]] | None = None
    labels: list[str] | None = Field(None, description="Classes, by their names or indices.")
    split: list[Literal["train", "test", "new"]] | None = None
    search: str | None = None
    where: list[str] = Field([], max_length=100, description="As in the query of items.")


class Sets(Schema):
    """Two sets of items, none of which is in both."""

    start: Selection = Field(alias="from")
    to: Selection
    orthogonal_to: list[str] = Field(
        [], max_length=100, description="Directions to which the answer is at right angles."
    )


class Direction(Schema):
    """The direction from one set of items to another."""

    id: str = Field(description="`v-…`, as other operations take it.")
    direction: list[float] = Field(description="Unit vector.")
    auc: float | None = Field(
        description="How well it tells the sets apart, measured on items that it was not found "
        "from; 0.5 is chance. None with a set of one item."
    )
    low: float = Field(description="The mean of z_mean · direction over the first set.")
    high: float = Field(description="And over the second.")


class ItemFile(Schema):
    """An item and the file it came from, if it was one."""

    id: int
    path: str | None = Field(description="Below the data folder.")
    split: Literal["train", "test", "new"]
    label: int | None
    class_name: str | None = Field(alias="class", description="The name of the label.")
    width: int | None = Field(description="Pixels of the file.")
    height: int | None
    columns: dict[str, Value] = Field(description="That came with the images.")


class ListedItem(ItemFile):
    """An item in a list, with its losses in nats."""

    reconstruction: float
    kl: float


class ListedItems(Schema):
    """A page of a list of items, and how many items the list has."""

    total: int
    items: list[ListedItem]


class ReviewedItem(Schema):
    """An item, and what the list that it is in says of it."""

    id: int
    path: str | None
    label: int | None
    suggested: int | None = Field(None, description="The label that its neighbours have.")
    sureness: float | None = Field(
        None, description="The share of the suggested label less that of its own, 0 to 1."
    )
    group: int | None = Field(None, description="The number of its group of near-duplicates.")
    similarity: float | None = Field(
        None, description="Of the two most alike of the group; 1 if they are the same."
    )
    rank: float | None = Field(
        None, description="Its place among all items, as a share: 0.01 for the first hundredth."
    )
    deviations: float | None = Field(
        None, description="How far it is from the usual, in usual deviations."
    )
    reconstruction: float | None = Field(None, description="Nats.")


class ReviewedItems(Schema):
    """A page of a list, and how many items the list has."""

    total: int
    items: list[ReviewedItem]


class Item(ItemFile):
    """An item of the encoded data set."""

    z_mean: list[float]
    z_log_var: list[float]
    kl: list[float]
    reconstruction: float


class Neighbour(Schema):
    """An item and how far its z_mean is."""

    id: int
    path: str | None
    label: int | None
    distance: float


class Neighbours(Schema):
    """Items by their distance, the nearest first."""

    items: list[Neighbour]
