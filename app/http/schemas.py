"""The JSON that operations answer with, and read, as the API's document describes it.

Answers are written straight from arrays; these models describe them and tests hold them to it.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Matrix = list[list[float]]
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


class Density(Schema):
    """How usual a vector is by the model's prior."""

    log_prob: float = Field(description="log p(z), in nats.")
    rarer: float = Field(
        description="The share of 1,000 draws of the prior that are less likely, 0 to 1. At 0 the "
        "vector is beyond all of them: nothing that the model has seen is there."
    )


class Holes(Schema):
    """The prior and the items in 24 x 24 cells of a plane, the top row first.

    They cover ±3 of both coordinates around the origin of latent space.
    """

    share: float = Field(
        description="The share of the prior's draws that lie in cells without an item, 0 to 1."
    )
    items: list[list[int]] = Field(description="How many items lie in each cell.")
    prior: Matrix = Field(description="The share of 50,000 draws of the prior in each cell.")


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


class NamedPlane(Schema):
    """A plane, by the name that other operations take."""

    plane: str


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
