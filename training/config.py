"""The training configuration: one frozen object that says everything a result depends on."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from models.manifest import NAME_PATTERN, Binarisation, Likelihood, PriorKind
from training.config_file import parse_value, read_settings
from training.errors import ConfigInvalid

StrategyName = Literal[
    "model_add_loss", "layer_add_loss", "output_layer_add_loss", "multi_output", "train_step"
]
NetworkName = Literal["convolutional", "residual", "dense"]
CheckpointName = Literal["best", "last"]
DEFAULT_PRIOR: Final[PriorKind] = "flow"  # is fitted where a model was trained without one
DEFAULT_CHECKPOINT: Final[CheckpointName] = "best"  # is measured, drawn and published
Filters = Annotated[
    tuple[Annotated[int, Field(ge=1, le=65_536)], ...], Field(min_length=1, max_length=12)
]
Sides = Annotated[tuple[Annotated[int, Field(ge=1, le=1024)], ...], Field(max_length=13)]


class TrainConfig(BaseModel):
    """What to fit, on what, how long. The defaults are the articles' network and rules."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(pattern=NAME_PATTERN)
    """Name of the model in the store."""
    dataset: str
    """`digits`, `mnist`, `fashion-mnist`, `cifar10`, or any word for images read by `--data`."""
    licence: str = ""
    """Whose images they are and under which licence, for the model's card."""
    image_size: tuple[PositiveInt, PositiveInt] | None = None
    """Height and width to fit an image folder's files to; pixels."""
    channels: Literal[1, 3] | None = None
    """Grey or RGB, for an image folder; other data sets say it themselves."""
    scale: tuple[FiniteFloat, FiniteFloat] | None = None
    """Values of the files that stand for black and white, such as [0, 4095]; by default their
    range tells."""
    labels: tuple[str, ...] = ()
    """Class names to use instead of the data set's."""

    network: NetworkName = "convolutional"
    """`convolutional` is the articles'; `residual` is for photographs and other colour images;
    `dense` is for small images and long training."""
    encoder_filters: Filters = (32, 64, 128)
    """Filters of each convolution of the encoder."""
    encoder_kernels: Sides = (3, 3, 3)
    """Side of each kernel, pixels."""
    encoder_strides: Sides = (1, 2, 2)
    """By how much each convolution shrinks the image."""
    decoder_filters: Filters = (64, 32)
    """Filters of the transposed convolutions but the last, which has the image's channels."""
    decoder_kernels: Sides = (3, 3, 3)
    """Side of each kernel, pixels; one more than `decoder_filters`."""
    decoder_strides: Sides = (2, 2, 1)
    """By how much each transposed convolution enlarges the image; one more, too."""
    blocks: Annotated[tuple[Annotated[int, Field(ge=0, le=64)], ...], Field(max_length=12)] = ()
    """Residual blocks after each convolution of the encoder, and in reverse in the decoder; for
    `dense` one number."""
    units: Annotated[int, Field(ge=1, le=65_536)] = 512
    """Features of each layer of a dense network."""
    activation: Literal["leaky_relu", "relu", "elu", "selu", "gelu", "silu", "tanh", "softplus"] = (
        "leaky_relu"
    )
    """Of the hidden layers."""
    latent_dim: Annotated[int, Field(ge=1, le=4096)] = 2
    """Length of z, at most 4,096. Two make a map that shows all of the latent space."""
    conditional: bool = False
    """Give the label to encoder and decoder."""

    strategy: StrategyName = "model_add_loss"
    """How the KL loss is added to the Keras model; all give the same gradients."""
    likelihood: Likelihood = "bernoulli"
    """By what reconstructions are judged: Gaussian for colours, Bernoulli for grey drawings."""
    binarisation: Binarisation = "none"
    """Draw each pixel as black or white by its grey value, once (static) or anew each epoch."""
    prior: Literal["standard", "vamp", "flow"] = "standard"
    """What KL is measured to: the standard normal, or a density over z that is trained along."""
    pseudo_inputs: PositiveInt = 500
    """Images that `vamp` learns; its prior is the mixture of their posteriors."""
    sigma: PositiveFloat = 0.1
    """Standard deviation of the fixed Gaussian likelihood; pixels are 0…1."""
    beta: Annotated[FiniteFloat, Field(ge=0)] | None = None
    """Weight of KL in nats; 1 is the ELBO. Give this or `fact`, not both."""
    fact: Annotated[FiniteFloat, Field(ge=0)] | None = None
    """The articles' weight, for means over pixels and over z; converted to beta."""
    warmup: Literal["none", "linear", "cyclic"] = "none"
    """Raise beta from a hundredth, once or in cycles."""
    warmup_epochs: PositiveInt = 10
    """Length of the rise, or of one cycle, whose first half rises."""
    warmup_share: Annotated[FiniteFloat, Field(gt=0, le=1)] | None = None
    """Length of a linear rise as a share of the run, in place of `warmup_epochs`."""
    free_bits: NonNegativeFloat = 0.0
    """Nats per dimension that cost nothing."""
    capacity: NonNegativeFloat = 0.0
    """Target of KL, nats; the penalty is beta * |KL − capacity|, the target rising over warm-up."""

    batch_size: PositiveInt = 256
    """Images of a step."""
    epochs: Annotated[PositiveInt, Field(le=1_000_000)] = 40
    """Passes through the training images."""
    pace: tuple[tuple[PositiveInt, Annotated[FiniteFloat, Field(ge=0, le=1)]], ...] = ()
    """Steps, each with the share of the run that is behind it, as a clock has planned: between
    them the schedule goes evenly, at the last the run ends, be it within an epoch."""
    learning_rate: PositiveFloat = 1e-3
    """Adam's step size."""
    learning_rate_decay: Literal["none", "cosine"] = "none"
    """`cosine` lets the learning rate fall to 0 at the last epoch."""
    average: Annotated[FiniteFloat, Field(ge=0, lt=1)] = 0.0
    """Momentum of a running average of the weights, which is measured and exported in place of
    them: 0.99 averages about the last 100 steps."""
    flips: bool = False
    """Mirror half of the training images, anew each epoch; never for letters or digits."""
    shifts: Annotated[int, Field(ge=0, le=64)] = 0
    """Move training images by up to so many pixels each way, anew each epoch."""
    cutmix: Annotated[FiniteFloat, Field(ge=0, le=1)] = 0.0
    """Share of the training images into which a rectangle of another one is pasted, anew each
    epoch. With few images, the network learns how images are made up, and less by heart."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the convolutions; KL and likelihood are always float32."""
    slices: PositiveInt = 1
    """Parts of a batch that are computed side by side, a core each. On a processor, twice the
    cores is fast; the gradients stay the same."""
    validation_items: NonNegativeInt = 0
    """Training images held back to choose the best epoch by, of every class, about so many.
    Without any, the epoch of the lowest training loss is the best: mostly the last."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Of weights, order and noise: the same seed gives the same model."""

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        if (self.beta is None) == (self.fact is None):
            raise ValueError("give beta (nats) or fact (the articles' weight), one of the two")
        steps = [step for step, _ in self.pace]
        if steps != sorted(set(steps)):
            raise ValueError("pace: steps must rise; give each step once, in order")
        if self.scale is not None and self.scale[0] >= self.scale[1]:
            raise ValueError("scale is [black, white], and white is the higher value")
        self._check_layers()
        if self.cutmix and self.conditional:
            raise ValueError(
                "cutmix makes images of two classes, which conditional has no label for"
            )
        if self.binarisation != "none" and self.likelihood != "bernoulli":
            raise ValueError(f"binarised pixels need likelihood bernoulli, not {self.likelihood}")
        if self.strategy == "multi_output" and (self.free_bits or self.capacity):
            raise ValueError(
                "multi_output gives each output a loss of its own, so it cannot see the whole KL "
                "that free_bits and capacity need; use model_add_loss"
            )
        if self.prior != "standard":
            self._check_prior()
        if self.batch_size % self.slices:
            raise ValueError(f"batch_size {self.batch_size} is no multiple of slices")
        if self.slices > 1 and (self.free_bits or self.capacity):
            raise ValueError(
                "free_bits and capacity need the KL of the whole batch, which slices do not have"
            )
        return self

    def _check_layers(self) -> None:
        lengths = {len(self.encoder_filters), len(self.encoder_kernels), len(self.encoder_strides)}
        if len(lengths) != 1:
            raise ValueError(
                "encoder_filters, encoder_kernels and encoder_strides differ in length"
            )
        lengths = {len(self.decoder_kernels), len(self.decoder_strides)}
        if lengths != {len(self.decoder_filters) + 1}:
            raise ValueError(
                "decoder_kernels and decoder_strides need one more than decoder_filters"
            )
        if self.network == "residual" and not (
            len(self.blocks) == len(self.encoder_filters) == len(self.decoder_kernels)
        ):
            raise ValueError(
                "a residual network needs blocks for each of encoder_filters, and as many "
                "decoder_kernels"
            )

    def _check_prior(self) -> None:
        if self.strategy not in ("model_add_loss", "train_step"):
            raise ValueError(
                f"prior {self.prior} needs a drawn z where KL is added, which {self.strategy} does "
                "not have; use model_add_loss or train_step"
            )
        if self.free_bits:
            raise ValueError(
                f"free_bits needs the KL of each dimension, which prior {self.prior} does not have"
            )
        if self.prior == "vamp" and self.conditional:
            raise ValueError("pseudo-inputs have no label, so prior vamp needs conditional = false")

    def beta_in_nats(self, pixels: int) -> float:
        """Return beta; `fact` is converted for images of so many pixels (channels counted in).

        The articles' loss is mean(bce) − fact * mean(1 + log_var − mu² − exp(log_var)), means over
        pixels and z; times `pixels` that is reconstruction + beta * KL in nats with
        beta = 2 * pixels * fact / latent_dim.
        """
        if self.beta is not None:
            return self.beta
        assert self.fact is not None
        return 2 * pixels * self.fact / self.latent_dim

    def described(self, channels: int) -> str:
        """Say likelihood, binarisation and prior, which every printed number depends on."""
        prior = "" if self.prior == "standard" else f", prior {self.prior}"
        if self.likelihood != "bernoulli":
            return self.likelihood + prior
        values = "pixel values" if channels == 1 else "colour values"
        drawn = f"{self.binarisation} binarisation"
        return f"bernoulli on {values if self.binarisation == 'none' else drawn}{prior}"


def load_config(source: str, assignments: Sequence[str] = ()) -> TrainConfig:
    """Read a configuration by name, from a TOML or JSON file, or from a model's manifest.

    Args:
        source: A name (`mnist-z12`), or a path to `.toml`, `.json` or `manifest.json`.
        assignments: `key=value` pairs that override it; values are written as in TOML, and a
            bare word is a string. `beta=…` replaces a `fact` and the other way round.

    Raises:
        ConfigInvalid: No such configuration, unknown key, wrong type or value.
    """
    return make_config(read_settings(source), assignments, f"configuration {source}")


def make_config(
    values: dict[str, Any], assignments: Sequence[str] = (), called: str = "configuration"
) -> TrainConfig:
    """Make a configuration of settings and of `key=value` pairs that override them.

    Raises:
        ConfigInvalid: Unknown key, wrong type or value; the message names it and `called`.
    """
    values = dict(values)
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not (key and equals):
            raise ConfigInvalid(f"--set {assignment}: write key=value")
        values[key] = parse_value(text)
        values.pop({"beta": "fact", "fact": "beta", "epochs": "pace"}.get(key, ""), None)
    try:
        return TrainConfig.model_validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        raise ConfigInvalid(f"{called}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"unknown key {where}; known: {', '.join(TrainConfig.model_fields)}"
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said} (received {first['input']!r})" if where else said
