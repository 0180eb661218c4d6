"""The API's description is true: it is valid, complete, and what it promises holds."""

import base64
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema_rs
import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from starlette.testclient import TestClient

from app.imaging.png import encode_png
from tests.api.linear_engine import SHAPE
from tests.openapi_checks import CHECKS


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    """Return the OpenAPI document."""
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_every_operation_is_described_once(document: dict[str, Any]) -> None:
    """Each has an id of its own, a description, what it answers, and how it fails."""
    found = [operation for methods in document["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in found]
    assert len(ids) == len(set(ids)) == 55
    for operation in found:
        assert operation["description"]
        assert operation["responses"]["200"]["content"]
        for status, answer in operation["responses"].items():
            if status != "200":
                assert answer == {"$ref": f"#/components/responses/{status}"}
                described = document["components"]["responses"][status]
                assert list(described["content"]) == ["application/problem+json"]


def test_the_document_knows_how_keys_are_sent(document: dict[str, Any]) -> None:
    """What may answer 401 takes a key by either header; what never does takes none."""
    assert set(document["components"]["securitySchemes"]) == {"bearer", "key"}
    for methods in document["paths"].values():
        for operation in methods.values():
            assert ("security" in operation) == ("401" in operation["responses"])


def test_the_examples_run(client: TestClient, document: dict[str, Any]) -> None:
    """Every operation answers its own example with what it describes, in every format."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            kinds = operation["responses"]["200"]["content"]
            for kind in kinds:
                answer = run_example(client, method, path, operation, kind)
                assert answer.status_code == 200, (path, answer.text)
                assert answer.headers["content-type"].partition(";")[0] == kind
                if kind == "application/json":
                    schema = {**kinds[kind]["schema"], "components": document["components"]}
                    jsonschema_rs.validate(schema, answer.json())


def run_example(
    client: TestClient, method: str, path: str, operation: dict[str, Any], kind: str
) -> Any:
    """Send what the document gives as an example; where it gives no image, one of ours."""
    url = path.format(model="linear", plane="dims-0-1", zoom=0, x=-1, y=0, id=0, name="labels")
    parameters = [p for p in operation.get("parameters", []) if "example" in p]
    query = {parameter["name"]: parameter["example"] for parameter in parameters}
    if method == "get":
        return client.get(url, params=query, headers={"accept": kind})
    example = operation["requestBody"]["content"]["application/json"].get("example")
    image = base64.b64encode(encode_png(np.zeros(SHAPE, np.uint8))).decode()
    return client.post(url, json=example or {"images": [image]}, headers={"accept": kind})


def test_the_page_lists_the_same(client: TestClient, document: dict[str, Any]) -> None:
    """/docs has every path of the default model, no script, and its own style sheet."""
    page = client.get("/docs").text
    for path in document["paths"]:
        if not path.startswith("/v1/models/{model}/"):
            assert path in page
    assert "<script" not in page
    assert client.get("/docs/reference.css").headers["content-type"].startswith("text/css")


def test_the_page_does_not_trust_its_host(client: TestClient) -> None:
    """A host header cannot write into the page."""
    page = client.get("/docs", headers={"host": '"><b>x'}).text
    assert "<b>x" not in page


def test_no_request_that_fits_the_document_breaks_the_service(live: Any) -> None:
    """Requests drawn from the document never cause a 5xx or an answer it does not describe."""
    schema = schemathesis.openapi.from_url(f"{live.url}/openapi.json")
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=result.ok().as_strategy())
        def fits(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        fits()


def test_a_generated_client_gets_images_and_reads_errors(
    live: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """openapi-python-client takes the document without a warning, with the types of docs/api.md."""
    kinds = "image/png image/jpeg image/webp image/gif application/x-npy".split()
    overrides = {"content_type_overrides": dict.fromkeys(kinds, "application/octet-stream")}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**overrides, "post_hooks": []}))
    generator = Path(sys.executable).with_name("openapi-python-client")
    command = f"{generator} generate --url {live.url}/openapi.json --config {config}".split()
    output = ["--output-path", str(tmp_path / "client")]
    made = subprocess.run([*command, *output], check=True, capture_output=True, text=True)
    assert "warning" not in made.stdout.lower()

    monkeypatch.syspath_prepend(tmp_path / "client")
    package = "vae_atlas_client"
    decode = import_module(f"{package}.api.latent_space.decode_query_of_model")
    with import_module(f"{package}.client").Client(base_url=live.url) as client:
        image = decode.sync(client=client, model="linear", z=["0.5,-1"])
        problem = decode.sync(client=client, model="none", z=["0,0"])
    assert image.payload.read().startswith(b"\x89PNG")
    assert (problem.status, problem.code) == (404, "ModelNotFound")
