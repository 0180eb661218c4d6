"""The JSON that operations answer with, and read, as the API's document describes it.

Answers are written straight from arrays; these models describe them and tests hold them to it.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Matrix = list[list[float]]
Value = str | float | None
U = Annotated[list[float], Field(min_length=2, max_length=2)]


class Schema(BaseModel):
    """Base: nothing is answered that is not described."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """RFC 9457 problem details."""

    title: str
    status: int
    code: str = Field(description="A stable name of the failure, to program against.")
    detail: str


class Encoded(Schema):
    """One row per image, one column per dimension."""

    z_mean: Matrix
    z_log_var: Matrix
    kl: Matrix = Field(description="KL divergence from the prior, in nats.")


class Images(Schema):
    """Images, as PNG files."""

    images: list[str] = Field(description="Each image is a PNG in base64.")


class Drawn(Images):
    """Images, as PNG files, and the vectors that they were decoded from."""

    z: Matrix


class Reconstructed(Images):
    """Reconstructions and their errors, per image."""

    reconstruction: list[float] = Field(
        description="Negative log-likelihood of the image, in nats."
    )
    kl: list[float] = Field(description="KL divergence from the prior, in nats.")
    mse: list[float] = Field(
        description="Mean squared error of the pixels, which lie between 0 and 1."
    )


class Scored(Schema):
    """Nats per image; score = reconstruction + kl = −ELBO."""

    score: list[float]
    reconstruction: list[float]
    kl: list[float]


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


class NamedPlane(Schema):
    """A plane, by the name that other operations take."""

    plane: str


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


class ChartPoint(Schema):
    """A place of the chart."""

    u: U
    z: list[float]
    land: float = Field(
        description="1 at an item, 0 far from all; below 0.5 the picture is an extrapolation."
    )


class Place(Schema):
    """Where on the chart an image or a latent vector is."""

    u: U
    distance: float = Field(description="In latent space, from the chart at u.")
    land: float


class Located(Schema):
    """Places, in the order of the body."""

    items: list[Place]
    usual_distance: float = Field(
        description="The median distance of the model's own items from the chart at their places."
    )


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


class VersionState(Schema):
    """What became of a version in the store."""

    version: int
    state: Literal["loading", "ready", "refused"]
    reason: str | None


class ListedModel(Schema):
    """A model: the version that answers to its name, and every version's state."""

    name: str
    version: int | None
    state: Literal["loading", "ready", "refused"]
    reason: str | None = Field(description="Why the model's folder cannot be used now.")
    versions: list[int] = Field(description="The versions that are served.")
    history: list[VersionState]


class IgnoredFolder(Schema):
    """A folder of the store that is neither a model's nor a version's."""

    path: str
    reason: str


class Listing(Schema):
    """The models that are served."""

    default: str | None
    models: list[ListedModel]
    ignored: list[IgnoredFolder]
    detail: str | None = Field(
        None,
        description="Why nothing is served, or why the store cannot be reached.",
    )


class TileGeometry(Schema):
    """How large the tiles of a decoded plane are; width and height are in pixels."""

    cells: int
    width: int
    height: int
    min_zoom: int
    max_zoom: int


class ItemColumn(Schema):
    """A column of the items."""

    name: str
    kind: Literal["number", "category", "date", "text"]


class ModelDescription(Schema):
    """A served model."""

    name: str
    version: int
    state: Literal["ready"]
    engine: str
    fingerprint: str
    items: int
    columns: list[ItemColumn]
    tiles: TileGeometry
    manifest: dict[str, Any]


class Live(Schema):
    """The process answers."""

    status: Literal["live"]
    requests_in_progress: int


class Ready(Schema):
    """Requests are served."""

    status: Literal["ready"]
    models: list[str]
