"""The settings of a configuration in words, from their types and docstrings."""

import textwrap
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from training.config import TrainConfig

WIDTH: Final = 79


@dataclass(frozen=True)
class Setting:
    """A setting as people read it."""

    name: str
    default: str
    """As `--set` takes it; `required` or `none` where there is none."""
    text: str


def settings() -> list[Setting]:
    """List every setting, in the order of the configuration."""
    return [
        Setting(name, _default(field.default), _text(field.annotation, field.description or ""))
        for name, field in TrainConfig.model_fields.items()
    ]


def settings_help() -> str:
    """Write the list for a terminal."""
    lines = ["settings, for --set KEY=VALUE (written as in TOML; quotes may be left out):"]
    for setting in settings():
        lines += [f"  {setting.name} (default {setting.default})"]
        lines += textwrap.wrap(
            setting.text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6
        )
    return "\n".join(lines)


def settings_table() -> str:
    """Write the list as a table in Markdown."""
    rows = [
        f"| `{s.name}` | `{s.default}` | {s.text.replace('|', chr(92) + '|')} |" for s in settings()
    ]
    return "\n".join(["| setting | default | |", "|---|---|---|", *rows])


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "required"
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return str(list(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(annotation: Any, description: str) -> str:
    words = " ".join(description.split())
    choices = [str(value) for value in get_args(annotation)] if _is_literal(annotation) else []
    return f"{words} One of: {', '.join(choices)}." if choices else words


def _is_literal(annotation: Any) -> bool:
    return get_origin(annotation) is Literal
