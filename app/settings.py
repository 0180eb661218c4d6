"""Runtime settings, from the environment."""

import contextlib
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.engines.select import EngineName

PREFIX: Final = "ATLAS_"
CONTAINER_CORES: Final = Path("/sys/fs/cgroup/cpu.max")  # "quota period" in µs, or "max period"
ORIGIN: Final = r"\*|[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[^\s/:?#@\[\]]+)(:\d{1,5})?"
SERVICE_LINK: Final = r"ATLAS_(SERVICE_(HOST|PORT.*)|PORT_\d+_(TCP|UDP|SCTP).*)"


def _cores_if_auto(value: object) -> object:
    """Turn `auto` into the number of cores that this process, or its container, may use."""
    if value != "auto":
        return value
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):  # there is no such file, or no limit in it
        quota, period = map(int, CONTAINER_CORES.read_text().split())
        cores = min(cores, quota // period)
    return max(cores, 1)


class Settings(BaseSettings):
    """Runtime settings. The variable is `ATLAS_` plus the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid"
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: Annotated[int, BeforeValidator(_cores_if_auto)] = Field(
        1,
        ge=1,
        le=256,
        description="Number of processes that serve the port, on Linux; `auto`: one for each core. "
        "Each has the limits and the cache below for itself.",
    )
    store: Annotated[str, BeforeValidator(os.fspath)] = Field(
        "models/exports",
        description="Folder of the exported models, or bucket: `s3://bucket/prefix` (extra "
        "`objects`) or `gs://bucket/prefix` (extra `objects-gs`).",
    )
    store_cache: Path | None = Field(
        None,
        description="Folder for copies of the models when the store is a bucket. Without it, "
        "`vae-atlas` in the user's cache folder.",
    )
    default_model: str | None = Field(
        None,
        description="Model that the short paths `/v1/…` use: `name` or `name@version`. "
        "Without it, the one that was made last.",
    )
    api_key: str | None = Field(
        None,
        min_length=8,
        description="Key that a request must carry in `Authorization: Bearer` or `X-API-Key`. "
        "Without it the service answers everybody.",
    )
    root_path: str = Field(
        "", pattern=r"^(/[\w.~-]+)*$", description="Path below which a proxy serves the API."
    )
    cors_origins: str = Field(
        "", description="Origins whose web pages may call the API, separated by commas."
    )
    max_body_bytes: int = Field(
        8_388_608, ge=1024, le=1 << 30, description="Largest request body, in bytes."
    )
    max_pixels: int = Field(
        4_194_304, ge=4096, le=1 << 28, description="Most pixels of an uploaded image."
    )
    max_items: int = Field(
        1024,
        ge=1,
        le=65536,
        description="Most images or vectors in a request, and cells in a grid.",
    )
    max_requests: int = Field(
        256, ge=1, le=65536, description="Most requests in progress; the next gets a 429."
    )
    max_waiting: int = Field(
        4096,
        ge=1,
        le=1 << 20,
        description="Most images or vectors waiting for inference; over it, 429.",
    )
    engine: EngineName = Field(
        "auto",
        description="Library that computes: `tensorflow`, `openvino` (extra `openvino`), or "
        "`auto`: OpenVINO where it is installed and reproduces the test outputs stored with the "
        "model, else TensorFlow.",
    )
    engine_threads: int | None = Field(
        None,
        ge=1,
        le=256,
        description="Number of computing threads; each computes one batch at a time. Without it, "
        "one for each core, divided among the workers.",
    )
    max_batch: int = Field(
        32, ge=2, le=1024, description="Most images or vectors computed in one batch."
    )
    timeout_seconds: float = Field(
        30, gt=0, le=3600, description="Seconds that a request may wait before it is given up."
    )
    body_seconds: float = Field(
        10,
        gt=0,
        le=3600,
        description="Time limit for a request's headers, in seconds. For a body it is added to the "
        "time that its bytes take at 32 KiB a second.",
    )
    reload_seconds: float = Field(
        2, gt=0, le=3600, description="Seconds between two looks for new models in the store."
    )
    keep_versions: int = Field(
        1, ge=1, le=100, description="How many of the newest versions of each model are served."
    )
    cache_bytes: int = Field(
        67_108_864,
        ge=0,
        le=1 << 36,
        description="Memory for finished tiles (pieces of the map) and grids, in bytes.",
    )
    drain_seconds: float = Field(
        30, gt=0, le=3600, description="Seconds to finish accepted requests after SIGTERM."
    )
    access_log: bool = Field(False, description="Log every request, not only failures.")

    @property
    def threads(self) -> int:
        """Number of computing threads of a process."""
        return self.engine_threads or max(1, (os.cpu_count() or 1) // self.workers)

    @field_validator("root_path", mode="before")
    @classmethod
    def _without_last_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        origins = [origin.strip() for origin in value.split(",") if origin.strip()]
        for origin in origins:
            if not re.fullmatch(ORIGIN, origin, re.IGNORECASE):
                message = f"{origin!r} is no origin: write scheme://host or scheme://host:port"
                raise ValueError(f"{message}, with nothing behind it")
        return ",".join(origin if origin == "*" else origin.lower() for origin in origins)


def load_settings() -> Settings:
    """Read the environment, refusing an `ATLAS_` variable that no field claims.

    Raises:
        ValueError: A variable is unknown (named in the message) or out of bounds.
    """
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    given = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    if links := sorted(name for name, value in given.items() if _is_service_link(name, value)):
        raise ValueError(
            f"Kubernetes sets {', '.join(links)} for its Service `atlas`, and they are no settings "
            "of ours: add `enableServiceLinks: false` to the pod, or rename the Service"
        )
    if unknown := given.keys() - known:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"unknown settings: {names}; known: {', '.join(sorted(known))}")
    try:
        return Settings()
    except ValidationError as error:
        raise ValueError("; ".join(map(_reason, error.errors()))) from None


def _is_service_link(name: str, value: str) -> bool:
    """Tell whether Kubernetes made a variable: it describes every Service to every pod so."""
    return bool(re.fullmatch(SERVICE_LINK, name)) or value.startswith(("tcp://", "udp://"))


def _reason(error: ErrorDetails) -> str:
    """Name the variable and what came, unless that is a secret."""
    field = str(error["loc"][0])
    came = "" if field == "api_key" else f", but is {error['input']!r}"
    return f"{PREFIX}{field.upper()}: {error['msg']}{came}"
