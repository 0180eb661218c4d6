"""Settings: what is misspelt or out of bounds is told at the start."""

from pathlib import Path

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
        ("WORKERS", "0"),
        ("WORKERS", "many"),
    ],
)
def test_a_value_out_of_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Every number has bounds."""
    monkeypatch.setenv(f"ATLAS_{name}", value)
    with pytest.raises(ValueError, match=f"ATLAS_{name}: "):
        load_settings()


def test_every_setting_is_explained() -> None:
    """The README's table is made of these descriptions."""
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose and shells write `ATLAS_HOST=` where nothing is meant."""
    for name in Settings.model_fields:
        monkeypatch.setenv(f"ATLAS_{name.upper()}", "")
    assert load_settings() == Settings()


def test_a_key_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages name what came, but a secret that is too short is a secret all the same."""
    monkeypatch.setenv("ATLAS_API_KEY", "pass12")
    with pytest.raises(ValueError, match="ATLAS_API_KEY") as told:
        load_settings()
    assert "pass12" not in str(told.value)
    assert "http" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ATLAS_PORT", "tcp://10.0.0.7:8000"),
        ("ATLAS_SERVICE_HOST", "10.0.0.7"),
        ("ATLAS_SERVICE_PORT_HTTP", "8000"),
        ("ATLAS_PORT_8000_TCP_ADDR", "10.0.0.7"),
    ],
)
def test_what_kubernetes_sets_is_explained(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A Service called `atlas` gives every pod variables that look like settings."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=f"Kubernetes.*{name}.*enableServiceLinks"):
        load_settings()


@pytest.mark.parametrize(
    "origin", ["https://a.org/", "https://a.org/page", "a.org", "https://", "https://a.org?x"]
)
def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    """A browser's `Origin` never matches an address with a path."""
    monkeypatch.setenv("ATLAS_CORS_ORIGINS", f"https://good.org, {origin}")
    with pytest.raises(ValueError, match=r"ATLAS_CORS_ORIGINS: .*scheme://host"):
        load_settings()


def test_origins_are_compared_as_browsers_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spaces and capitals make no difference."""
    monkeypatch.setenv("ATLAS_CORS_ORIGINS", " https://Good.org ,http://[::1]:8000")
    assert load_settings().cors_origins == "https://good.org,http://[::1]:8000"


@pytest.mark.parametrize(
    ("limit", "cores"), [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), (None, 8)]
)
def test_as_many_workers_as_cores_may_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str | None, cores: int
) -> None:
    """`auto` obeys the share of the processor that a container is given."""
    file = tmp_path / "cpu.max"
    if limit:
        file.write_text(f"{limit}\n")
    monkeypatch.setattr("app.settings.CONTAINER_CORES", file)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setenv("ATLAS_WORKERS", "auto")
    assert load_settings().workers == cores


def test_the_cores_are_divided_among_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has at least one computing thread, and all together about one a core."""
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert [Settings(workers=n).threads for n in (1, 3, 8, 9)] == [8, 2, 1, 1]
    assert Settings(workers=4, engine_threads=3).threads == 3
