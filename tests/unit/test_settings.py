"""Settings: what is misspelt or out of bounds is told at the start."""

import pytest

from app.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("ATLAS_")]:
        monkeypatch.delenv(name)


def test_the_environment_sets_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """ATLAS_ plus the field's name in capitals."""
    monkeypatch.setenv("ATLAS_PORT", "9000")
    monkeypatch.setenv("ATLAS_ROOT_PATH", "/atlas/")
    settings = load_settings()
    assert settings.port == 9000
    assert settings.root_path == "/atlas"


def test_a_misspelt_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typo is not silently ignored, and the message lists what there is."""
    monkeypatch.setenv("ATLAS_PROT", "9000")
    with pytest.raises(ValueError, match=r"ATLAS_PROT.*ATLAS_PORT"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "http"),
        ("MAX_BATCH", "1"),
        ("TIMEOUT_SECONDS", "0"),
        ("ROOT_PATH", "atlas"),
        ("ROOT_PATH", "/a b"),
        ("API_KEY", "short"),
        ("CACHE_BYTES", "-1"),
    ],
)
def test_a_value_out_of_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Every number has bounds."""
    monkeypatch.setenv(f"ATLAS_{name}", value)
    with pytest.raises(ValueError, match=name.lower()):
        load_settings()


def test_every_setting_is_explained() -> None:
    """The README's table is made of these descriptions."""
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
