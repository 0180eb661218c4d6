"""What an exported model says of itself: the contract that `training` signs and `app` checks.

`training.export` writes the manifest beside the SavedModel; `app` refuses to serve a SavedModel
that disagrees with it. Nothing else crosses that line.
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    model_validator,
)

from models.errors import ManifestInvalid

MANIFEST_FILE: Final = "manifest.json"
GOLDEN_FILE: Final = "golden.npz"
POINTS_FILE: Final = "points.npz"
ITEMS_FILE: Final = "items.npz"
ITEM_TABLE_FILE: Final = "items.sqlite"
CHART_FILE: Final = "chart.npz"
PRIOR_FILE: Final = "prior.npz"
CARD_FILE: Final = "card.md"

# Signature -> (inputs, outputs); `Manifest.input_names` adds the label of a conditional model.
SIGNATURES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "encode": (("image",), ("z_mean", "z_log_var")),
    "decode": (("z",), ("image",)),
    "decode_mean": (("z",), ("mean",)),
    "reconstruct": (("image",), ("image", "z_mean", "z_log_var", "reconstruction", "kl")),
}

ImageShape = tuple[int, int, int]  # height, width, channels; pixels
NAME_PATTERN: Final = r"^[a-z][a-z0-9-]{0,62}$"
Vector = tuple[FiniteFloat, ...]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Likelihood = Literal[
    "bernoulli",
    "continuous_bernoulli",
    "gaussian",
    "gaussian_learned",
    "gaussian_optimal",
    "discretised_logistic",
]
PriorKind = Literal["flow", "mixture"]
Binarisation = Literal["none", "static", "dynamic"]


class Tensor(NamedTuple):
    """The type of a signature's input or output: its dtype, and its shape without the batch."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]


class Part(BaseModel):
    """Base of the manifest and its parts: frozen, and no field that the schema does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Dataset(Part):
    """What the model was trained and measured on."""

    name: str
    sha256: Sha256 = Field(description="Of the images and labels as read, train then test.")
    train_items: PositiveInt
    test_items: PositiveInt
    origin: str | None = Field(
        default=None,
        description="Tells data sets of one name apart: a name, or a digest of the images' path.",
    )


class Moments(Part):
    """Mean and standard deviation of z_mean over the test set, per dimension."""

    mean: Vector
    standard_deviation: Vector


class Basis(Part):
    """Principal components of z_mean over the test set, the widest first."""

    mean: Vector
    components: tuple[Vector, ...] = Field(description="Unit vectors, one per row.")
    explained_variance: Vector


class ChartFigures(Part):
    """How the chart of chart.npz was made, and how good it is."""

    layout: str = Field(description="The method that laid the items out, with its settings.")
    seed: NonNegativeInt
    items: PositiveInt = Field(description="That the sheet was fitted to.")
    side: PositiveInt = Field(description="Nodes of the lattice in each direction.")
    home: tuple[FiniteFloat, FiniteFloat] = Field(
        description="The place of a typical item, where the map begins."
    )
    ground: tuple[int, ...] = Field(
        description="Usual colour of the pictures' corners, 0 to 255: grey, or red, green, blue."
    )
    trustworthiness: FiniteFloat = Field(
        description="Of 10 neighbours on the chart, 0 to 1: how many are near in latent space too."
    )
    class_accuracy: FiniteFloat | None = Field(
        default=None, description="Share of items whose 10 neighbours on the chart name its class."
    )
    left_out_error: FiniteFloat = Field(
        description="Mean squared difference, pixels 0 to 1, between the picture at an item's "
        "place, on a sheet that was fitted without it, and its own reconstruction."
    )


class PriorFigures(Part):
    """What the density of prior.npz is, and how much better than N(0, I) it fits."""

    kind: PriorKind
    trained_along: bool = Field(description="Whether the networks were trained with it.")
    items: PositiveInt = Field(description="Images whose posteriors it was fitted to.")
    test_items: PositiveInt = Field(description="Images that the figures are of.")
    kl: FiniteFloat = Field(description="Mean KL of the posteriors to it, by draws; nats.")
    kl_standard: FiniteFloat = Field(description="Mean KL of the posteriors to N(0, I); nats.")


class Manifest(Part):
    """What a served model promises. A change of meaning bumps `schema_version`."""

    schema_version: Literal[1] = 1
    name: str = Field(pattern=NAME_PATTERN)
    version: PositiveInt
    created: datetime
    image_shape: tuple[PositiveInt, PositiveInt, Literal[1, 3]] = Field(
        description="Height, width, channels; pixels."
    )
    latent_dim: PositiveInt = Field(description="Length of z.")
    likelihood: Likelihood
    binarisation: Binarisation = "none"
    conditional: bool = Field(default=False, description="Signatures take `label` as well.")
    beta: Annotated[FiniteFloat, Field(ge=0, description="Weight of KL; 1 is the ELBO.")]
    dataset: Dataset
    labels: tuple[str, ...] = Field(default=(), description="Class names by label; may be empty.")
    training: dict[str, Any] = Field(description="The whole training configuration.")
    metrics: dict[str, FiniteFloat] = Field(
        description="On the test set; losses in nats per image."
    )
    epoch: PositiveInt | None = Field(
        default=None, description="Of training, whose weights these are; none if not known."
    )
    parameters: PositiveInt
    kl_per_dimension: Vector = Field(description="Mean over the test set, nats.")
    activity: Vector = Field(description="Variance of z_mean over the test set, per dimension.")
    active_units: NonNegativeInt = Field(description="Dimensions whose activity is above 0.01.")
    aggregate_posterior: Moments
    pca: Basis
    chart: ChartFigures | None = Field(
        default=None, description="None without chart.npz: at most two dimensions, or few items."
    )
    prior: PriorFigures | None = Field(
        default=None, description="None without prior.npz: the prior is N(0, I)."
    )
    packages: dict[str, str] = Field(default={}, description="Versions the model was made with.")
    git_commit: str | None = None
    files: dict[str, Sha256] = Field(
        default={}, description="SHA-256 of every file but the manifest."
    )

    @model_validator(mode="after")
    def _vectors_have_latent_dim_values(self) -> Self:
        vectors = {
            "kl_per_dimension": self.kl_per_dimension,
            "activity": self.activity,
            "aggregate_posterior.mean": self.aggregate_posterior.mean,
            "aggregate_posterior.standard_deviation": self.aggregate_posterior.standard_deviation,
            "pca.mean": self.pca.mean,
            **{f"pca.components[{i}]": row for i, row in enumerate(self.pca.components)},
        }
        for field, vector in vectors.items():
            if len(vector) != self.latent_dim:
                message = f"{field} has {len(vector)} values, but latent_dim is {self.latent_dim}"
                raise ValueError(message)
        return self

    def input_names(self, signature: str) -> tuple[str, ...]:
        """Return a signature's inputs, in order: a conditional model's end in `label`."""
        inputs, _ = SIGNATURES[signature]
        return (*inputs, "label") if self.conditional else inputs

    def tensor(self, name: str) -> Tensor:
        """Describe an input or output of the signatures."""
        dtypes = {"image": "uint8", "label": "int32"}
        shapes = {
            **dict.fromkeys(("image", "mean"), self.image_shape),
            **dict.fromkeys(("z", "z_mean", "z_log_var"), (self.latent_dim,)),
        }
        return Tensor(np.dtype(dtypes.get(name, "float32")), shapes.get(name, ()))

    @property
    def fingerprint(self) -> str:
        """Identify the exported files: 16 hexadecimal digits, equal for equal files."""
        listing = "\n".join(f"{digest} {path}" for path, digest in sorted(self.files.items()))
        return hashlib.sha256(listing.encode()).hexdigest()[:16]


def read_manifest(folder: Path) -> Manifest:
    """Read and check a model folder's manifest.

    Raises:
        ManifestInvalid: It is missing or breaks the schema; the message names the field.
    """
    path = folder / MANIFEST_FILE
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        message = f"{folder} is no model: {MANIFEST_FILE} cannot be read ({error.strerror})"
        raise ManifestInvalid(f"{message}; export the model again") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ManifestInvalid(f"{path}: {where}: {first['msg']}") from error
