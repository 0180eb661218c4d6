"""Spans for OpenTelemetry: what a request tells a collector."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from app.http.tracing import Tracer, start_tracing
from app.main import create_app
from app.settings import Settings
from tests.api.linear_engine import Loader

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(name="spans")
def _spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture(name="traced")
def _traced(
    store: object, spans: InMemorySpanExporter, until: Callable[..., None]
) -> Iterator[TestClient]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    app = create_app(Settings(store=store), [Loader()], Tracer(provider))
    with TestClient(app, raise_server_exceptions=False) as client:
        until(lambda: bool(app.state.service.registry.served))
        yield client


def parent(span: ReadableSpan) -> int:
    """Return the id of the span that this one lies within."""
    assert span.parent
    return span.parent.span_id


def attributes(span: ReadableSpan) -> Mapping[str, object]:
    """Return what a span says of itself."""
    return span.attributes or {}


def test_a_request_is_a_span_with_its_stages_below(
    traced: TestClient, spans: InMemorySpanExporter
) -> None:
    """Queue, inference and writing lie within the request, which joins its caller's trace."""
    headers = {"traceparent": PARENT, "x-request-id": "mine"}
    traced.post("/v1/decode", json={"z": [[0, 0]]}, headers=headers)

    *stages, request = spans.get_finished_spans()
    assert [stage.name for stage in stages] == ["queue", "infer", "encode"]
    assert request.name == "POST decode"
    assert request.context.trace_id == int(PARENT.split("-")[1], 16)
    assert parent(request) == int(PARENT.split("-")[2], 16)
    assert attributes(request)["atlas.request_id"] == "mine"
    assert attributes(request)["atlas.model"] == "linear@1"
    assert attributes(request)["http.response.status_code"] == 200
    times = [request.start_time or 0]
    for stage in stages:
        assert parent(stage) == request.context.span_id
        times += [stage.start_time or 0, stage.end_time or 0]
    times.append(request.end_time or 0)
    assert sorted(times) == times


def test_a_refused_request_is_a_span_without_stages(
    traced: TestClient, spans: InMemorySpanExporter
) -> None:
    """What a client sent wrong is a span of its status, and no error of the service."""
    traced.get("/v1/models/none/sample", headers={"traceparent": "nonsense"})

    [request] = spans.get_finished_spans()
    assert attributes(request)["http.response.status_code"] == 404
    assert request.status.is_ok or request.status.is_unset


def test_no_endpoint_no_spans() -> None:
    """Without a collector's address nothing is traced, and OpenTelemetry need not be there."""
    assert start_tracing({}) is None


def test_an_endpoint_without_the_packages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names a collector but has not installed the extra is told what to install."""
    for name in [n for n in sys.modules if n.startswith("opentelemetry.exporter")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)

    with pytest.raises(ValueError, match=r"OTEL_EXPORTER_OTLP_ENDPOINT is set.*EXTRAS=tracing"):
        start_tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})


def test_spans_reach_a_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real exporter posts OTLP to the endpoint that the environment names."""
    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        tracer = start_tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint})
        assert tracer is not None
        tracer._tracer.start_span("asked").end()
        tracer.close()

    found = ExportTraceServiceRequest.FromString(received[0]).resource_spans[0]
    named = {a.key: a.value.string_value for a in found.resource.attributes}
    assert named["service.name"] == "vae-atlas"
    assert [span.name for span in found.scope_spans[0].spans] == ["asked"]
