"""The file of a configuration: TOML, JSON or a manifest, by path or by name."""

import json
import tomllib
from pathlib import Path
from typing import Any, Final

from training.errors import ConfigInvalid

NAMED: Final = Path(__file__).parent / "configs"


def named_configs() -> list[str]:
    """List the configurations that ship with the package."""
    return sorted(path.stem for path in NAMED.glob("*.toml"))


def read_settings(source: str) -> dict[str, Any]:
    """Read the settings of a configuration.

    Raises:
        ConfigInvalid: There is no such file, or it holds no settings.
    """
    path = NAMED / f"{source}.toml" if source in named_configs() else Path(source)
    try:
        text = path.read_text()
        values = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except OSError as error:
        known = ", ".join(named_configs())
        message = (
            f"no configuration {source!r} ({error.strerror}); there are {known}, or give a file"
        )
        raise ConfigInvalid(message) from error
    except ValueError as error:
        raise ConfigInvalid(f"{path}: not {path.suffix[1:].upper() or 'TOML'}: {error}") from error
    if isinstance(values, dict):
        values = values.get("training", values)  # a manifest's
    if not isinstance(values, dict):
        raise ConfigInvalid(f"{path}: holds no table of settings; write KEY = VALUE lines")
    return values


def parse_value(text: str) -> Any:
    """Read a value as TOML writes it; a bare word is a string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
