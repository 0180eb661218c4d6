"""Spans for OpenTelemetry: one a request, and below it the stages of its inference.

They are made when a request has been answered, of times that are measured anyway. The packages
are an extra (`requirements/tracing.txt`), and OpenTelemetry's own variables say where spans go:
`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER` and the rest.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

from app.http.context import RequestContext

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
    """Makes a request's spans; called with its context."""

    def __init__(self, provider: Any) -> None:
        """Take OpenTelemetry's provider, which samples, gathers and sends."""
        from opentelemetry import trace  # noqa: PLC0415
        from opentelemetry.trace.propagation import tracecontext  # noqa: PLC0415

        self._trace, self._provider = trace, provider
        self._tracer = provider.get_tracer("vae-atlas")
        self._propagator = tracecontext.TraceContextTextMapPropagator()

    def __call__(self, context: RequestContext, finished: float) -> None:
        """Make the spans of an answered request; `finished` is in time.monotonic seconds."""
        epoch = time.time() - time.monotonic()

        def at(moment: float) -> int:
            return round((epoch + moment) * 1e9)

        span = self._tracer.start_span(
            f"{context.method} {context.route}",
            context=self._propagator.extract(context.headers),
            kind=self._trace.SpanKind.SERVER,
            attributes=_attributes(context),
            start_time=at(context.started),
        )
        if context.status >= FAILURE:
            span.set_status(self._trace.StatusCode.ERROR)
        below = self._trace.set_span_in_context(span)
        for stage in context.stages:
            part = self._tracer.start_span(stage.name, below, start_time=at(stage.started))
            part.end(at(stage.finished))
        span.end(at(finished))

    def close(self) -> None:
        """Send what has been gathered, and make no more."""
        self._provider.shutdown()


def _attributes(context: RequestContext) -> dict[str, str | int]:
    """Name them as OpenTelemetry's conventions do, and ours with `atlas.`."""
    attributes: dict[str, str | int] = {
        "http.request.method": context.method,
        "http.route": context.route,
        "http.response.status_code": context.status,
        "http.response.body.size": context.size,
        "atlas.request_id": context.request_id.decode(),
    }
    if context.format:
        attributes["atlas.model"] = str(context.model.id)
        attributes["atlas.format"] = context.format
    return attributes
