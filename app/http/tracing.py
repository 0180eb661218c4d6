"""Spans for OpenTelemetry: one a request, and below it the stages of its inference.

They are made when a request has been answered, of times that are measured anyway. The packages
are an extra (`requirements/tracing.txt`), and OpenTelemetry's own variables say where spans go:
`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER` and the rest.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

from app.http.context import Exchange

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
HOW_TO_INSTALL: Final = "install requirements/tracing.txt: make serve EXTRAS=tracing"
FAILURE: Final = 500  # statuses from here on are errors of ours


def start_tracing(environment: Mapping[str, str]) -> "Tracer | None":
    """Return what makes spans and sends them off, or None if no endpoint is named.

    Raises:
        ValueError: One is named, but OpenTelemetry is not installed.
    """
    named = next((name for name in ENDPOINTS if environment.get(name)), None)
    if named is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        message = f"{named} is set, but {error.name} is missing: {HOW_TO_INSTALL}"
        raise ValueError(message) from error
    name = environment.get("OTEL_SERVICE_NAME", "vae-atlas")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracer(provider)


class Tracer:
    """Makes a request's spans; called with what the edge knows of it."""

    def __init__(self, provider: Any) -> None:
        """Take OpenTelemetry's provider, which samples, gathers and sends."""
        from opentelemetry import trace  # noqa: PLC0415
        from opentelemetry.trace.propagation import tracecontext  # noqa: PLC0415

        self._trace, self._provider = trace, provider
        self._tracer = provider.get_tracer("vae-atlas")
        self._propagator = tracecontext.TraceContextTextMapPropagator()

    def __call__(self, method: str, exchange: Exchange, started: float, finished: float) -> None:
        """Make the spans of an answered request; times are time.monotonic seconds."""
        epoch = time.time() - time.monotonic()

        def at(moment: float) -> int:
            return round((epoch + moment) * 1e9)

        span = self._tracer.start_span(
            f"{method} {exchange.route}",
            context=self._propagator.extract(exchange.headers),
            kind=self._trace.SpanKind.SERVER,
            attributes=_attributes(method, exchange),
            start_time=at(started),
        )
        if exchange.status >= FAILURE:
            span.set_status(self._trace.StatusCode.ERROR)
        below = self._trace.set_span_in_context(span)
        for stage in exchange.call.stages if exchange.call else ():
            part = self._tracer.start_span(stage.name, below, start_time=at(stage.started))
            part.end(at(stage.finished))
        span.end(at(finished))

    def close(self) -> None:
        """Send what has been gathered, and make no more."""
        self._provider.shutdown()


def _attributes(method: str, exchange: Exchange) -> dict[str, str | int]:
    """Name them as OpenTelemetry's conventions do, and ours with `atlas.`."""
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "http.route": exchange.route,
        "http.response.status_code": exchange.status,
        "http.response.body.size": exchange.size,
        "atlas.request_id": exchange.request_id.decode(),
    }
    if exchange.call is not None:
        attributes["atlas.model"] = str(exchange.call.model.id)
        attributes["atlas.format"] = exchange.call.format
    return attributes
