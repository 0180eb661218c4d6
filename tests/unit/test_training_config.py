"""The training configuration: where it comes from, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_manifests import example_manifest
from training.config import TrainConfig, load_config
from training.config_file import named_configs
from training.errors import ConfigInvalid

SMALLEST = {"name": "digits", "dataset": "digits", "beta": 1.0}


@pytest.mark.parametrize("name", named_configs())
def test_every_named_configuration_loads(name: str) -> None:
    """A configuration that ships is valid, and its model is named as its file."""
    config = load_config(name)

    assert config.name == name
    assert config.beta_in_nats(784) > 0


def test_the_documented_configurations_ship() -> None:
    """The three configurations that the documents use are there."""
    assert {"digits-z2", "mnist-z2", "mnist-z12"} <= set(named_configs())


def test_the_defaults_are_the_sources_network() -> None:
    """Filters, kernels and strides are those of the articles."""
    config = TrainConfig.model_validate(SMALLEST)

    assert config.encoder_filters == (32, 64, 128)
    assert config.encoder_strides == (1, 2, 2)
    assert config.decoder_filters == (64, 32)
    assert config.decoder_strides == (2, 2, 1)
    assert set(config.encoder_kernels + config.decoder_kernels) == {3}
    assert config.activation == "leaky_relu"
    assert config.strategy == "model_add_loss"


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"beta": st.floats(0, 1e6), "seed": st.integers(0, 2**32 - 1), "sigma": st.floats(1e-9, 9)},
        optional={
            "labels": st.lists(st.text()).map(tuple),
            "image_size": st.tuples(st.integers(1, 999), st.integers(1, 999)),
            "warmup": st.sampled_from(["none", "linear", "cyclic"]),
        },
    )
)
def test_json_round_trip(values: dict[str, Any]) -> None:
    """A configuration written into a run is the one that is read again."""
    config = TrainConfig.model_validate(SMALLEST | values)

    assert TrainConfig.model_validate_json(config.model_dump_json(), strict=True) == config


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("learning_rates=0.1", "unknown key learning_rates; known: name, dataset"),
        ("epochs=ten", "epochs: .*valid integer.*'ten'"),
        ("epochs=1.5", "epochs: .*valid integer.*1.5"),
        ("epochs=true", "epochs: .*valid integer"),
        ("epochs=0", "epochs: .*greater than 0"),
        ("latent_dim=0", "latent_dim: "),
        ("learning_rate=-1", "learning_rate: .*greater than 0"),
        ("beta=nan", "beta: "),
        ("beta=inf", "beta: "),
        ("beta=-0.1", "beta: "),
        ("strategy=add_loss", "strategy: .*'model_add_loss'"),
        ("encoder_filters=[]", "encoder_filters: "),
        ("encoder_filters=[0, 1]", r"encoder_filters\.0: "),
        ("name=../x", "name: "),
        ("encoder_filters=[1]", "encoder_filters, encoder_kernels and encoder_strides differ"),
        ("decoder_strides=[1]", "need one more than decoder_filters"),
        ("epochs", "--set epochs: write key=value"),
        ("=3", "--set =3: write key=value"),
        ("epochs=2026-01-01", "epochs: .*valid integer.*'2026-01-01'"),
        ("epochs=1000000000000000000000", "epochs: .*less than or equal to 1000000"),
        ("seed=4294967296", "seed: .*less than 4294967296"),
        ("encoder_kernels=[3, 99999]", r"encoder_kernels\.1: .*less than or equal to 1024"),
        ("decoder_strides=[99999999, 1]", r"decoder_strides\.0: .*less than or equal to 1024"),
        ("encoder_filters=[99999999999, 1]", r"encoder_filters\.0: .*less than or equal to 65536"),
    ],
)
def test_a_wrong_setting_is_named(assignment: str, said: str) -> None:
    """A key that does not exist, or a value it cannot have, is one line that names it."""
    with pytest.raises(ConfigInvalid, match=said) as caught:
        load_config("digits-z2", [assignment])

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        (["likelihood=gaussian", "binarisation=static"], "binarised pixels need likelihood"),
        (["strategy=multi_output", "free_bits=0.1"], "multi_output .* use model_add_loss"),
        (["strategy=multi_output", "capacity=5"], "multi_output .* use model_add_loss"),
        (["conditional=true", "cutmix=0.5"], "cutmix makes images of two classes"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(assignments: list[str], said: str) -> None:
    """Two values that cannot both hold are refused with the reason."""
    with pytest.raises(ConfigInvalid, match=said):
        load_config("digits-z2", assignments)


def test_set_replaces_a_value() -> None:
    """`--set` takes TOML values, and bare words for strings; the last one wins."""
    config = load_config(
        "digits-z2",
        ["epochs=3", "epochs=4", "warmup=linear", 'activation="relu"', "labels=['a', 'b']"],
    )

    assert (config.epochs, config.warmup, config.activation) == (4, "linear", "relu")
    assert config.labels == ("a", "b")
    assert config.batch_size == load_config("digits-z2").batch_size


def test_set_of_beta_replaces_fact_and_back() -> None:
    """The two are one knob: setting one takes the other away."""
    assert load_config("mnist-z12", ["beta=2"]).fact is None
    assert load_config("digits-z2", ["fact=1e-3"]).beta is None


@pytest.mark.parametrize("weights", [{}, {"beta": 1.0, "fact": 1e-3}])
def test_beta_and_fact_exclude_each_other(weights: dict[str, float]) -> None:
    """A configuration has one weight of KL, neither none nor two."""
    with pytest.raises(ValueError, match=r"give beta .* or fact .* one of the two"):
        TrainConfig.model_validate({"name": "a", "dataset": "a"} | weights)


@pytest.mark.parametrize(
    ("fact", "latent_dim", "beta"),
    [
        (6.5e-4, 2, 0.5096), (6.5e-4, 12, 0.0849), (6.5e-4, 16, 0.0637), (6.5e-4, 20, 0.0510),
        (0.65e-4, 12, 0.0085), (0.5e-4, 16, 0.0049),
    ],
)  # fmt: skip
def test_fact_of_the_articles_in_nats(fact: float, latent_dim: int, beta: float) -> None:
    """The articles' settings on MNIST mean these betas."""
    config = TrainConfig(name="a", dataset="a", fact=fact, latent_dim=latent_dim)

    assert config.beta_in_nats(784) == pytest.approx(beta, abs=6e-5)


@given(st.floats(0, 1), st.integers(1, 64), st.integers(1, 10**6))
def test_fact_is_converted(fact: float, latent_dim: int, pixels: int) -> None:
    """Beta is 2 * pixels * fact / latent_dim: for MNIST 1568 * fact / latent_dim."""
    config = TrainConfig(name="a", dataset="a", fact=fact, latent_dim=latent_dim)

    assert config.beta_in_nats(pixels) == pytest.approx(2 * pixels * fact / latent_dim)
    assert config.beta_in_nats(784) == pytest.approx(1568 * fact / latent_dim)


@given(st.floats(0, 1e9), st.integers(1, 10**6))
def test_beta_is_taken_as_it_is(beta: float, pixels: int) -> None:
    """Beta in nats does not depend on the images' size."""
    assert TrainConfig(name="a", dataset="a", beta=beta).beta_in_nats(pixels) == beta


def test_a_manifest_is_a_configuration(tmp_path: Path) -> None:
    """`--config manifest.json` reads what the model was trained with."""
    config = load_config("digits-z2", ["epochs=3", "labels=['a']", "image_size=[8, 9]"])
    manifest = example_manifest(training=config.model_dump(mode="json"))
    path = tmp_path / "manifest.json"
    path.write_text(manifest.model_dump_json())

    assert load_config(str(path)) == config
    assert load_config(str(path), ["epochs=4"]).epochs == 4


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_a_file_is_a_configuration(suffix: str, tmp_path: Path) -> None:
    """A TOML or a JSON file of settings is read by its path."""
    path = tmp_path / f"mine.{suffix}"
    toml = 'name = "digits"\ndataset = "digits"\nbeta = 1.0\n'
    path.write_text(toml if suffix == "toml" else json.dumps(SMALLEST))

    assert load_config(str(path)) == TrainConfig.model_validate(SMALLEST)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("mine.toml", "name = ", r"mine\.toml: not TOML: "),
        ("mine.json", "{", r"mine\.json: not JSON: "),
        ("mine.json", "[1]", r"mine\.json: holds no table of settings"),
        ("mine.json", '{"training": 3}', r"mine\.json: holds no table of settings"),
        ("mine.toml", "", "Field required"),
    ],
)
def test_a_broken_file_is_named(file: str, content: str, said: str, tmp_path: Path) -> None:
    """A configuration file that cannot be read is one line with its path."""
    path = tmp_path / file
    path.write_text(content)

    with pytest.raises(ConfigInvalid, match=said):
        load_config(str(path))


def test_an_unknown_name_lists_the_known_ones() -> None:
    """A configuration that does not exist is answered with those that do."""
    with pytest.raises(ConfigInvalid, match=r"'mnist-z3' .*digits-z2, emoji, mnist-z12"):
        load_config("mnist-z3")


@pytest.mark.parametrize(
    ("assignments", "grey", "colour"),
    [
        ([], "bernoulli on pixel values", "bernoulli on colour values"),
        (["binarisation=static"], *["bernoulli on static binarisation"] * 2),
        (["likelihood=gaussian"], *["gaussian"] * 2),
    ],
)
def test_the_objective_in_words(assignments: list[str], grey: str, colour: str) -> None:
    """Likelihood and binarisation are named, and the values of colours are called so."""
    config = load_config("digits-z2", assignments)

    assert (config.described(1), config.described(3)) == (grey, colour)
